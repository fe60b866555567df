import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createConnection } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  fixture,
  type HostAnnouncement,
  type HostProcess,
  scratchDirectory,
  startHostProcess,
} from './host-process.js';

const directories: string[] = [];

afterEach(async () => {
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true })));
});

/** An app of one file, in a directory of its own. */
const appOf = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const directory = await scratchDirectory();
  directories.push(directory);
  await mkdir(directory, { recursive: true });
  const basics = { 'package.json': '{ "main": "index.cjs" }', 'host.json': '{ "version": "2.0" }' };
  for (const [name, content] of Object.entries({ ...basics, ...files }))
    await writeFile(`${directory}/${name}`, content);
  return directory;
};

const accepts = async (port: number): Promise<boolean> => {
  const socket = createConnection(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
};

const failureOf = async (app: string): Promise<HostAnnouncement> => {
  const host = await startHostProcess({ app });
  expect(await host.ended()).toBe(1);
  expect(host.announcement.kind).toBe('functions-host-failed');
  return host.announcement;
};

const register = (name: string, options: string): string => `app.http('${name}', { handler: () => ({}), ${options} });`;
const withApp = (...lines: readonly string[]): string =>
  `const { app } = require('@azure/functions');\n${lines.join('\n')}`;

describe('functions host: ending', () => {
  test('a running invocation finishes, new connections are refused, the terminate hook runs, the exit is clean', async () => {
    const host = await startHostProcess({ app: fixture('lifecycle') });
    const running = fetch(`${host.url}/api/slow`);
    await host.printed('slow has begun');

    const ended = host.end();
    const response = await running;
    const text = await response.text();

    expect(text.length).toBe(16_000_009);
    expect(text.endsWith(' finished')).toBe(true);
    expect(response.headers.get('connection')).toBe('close');
    expect(await ended).toBe(0);
    expect(host.output().trimEnd().split('\n').at(-1)).toMatch(/ terminate hook ran$/);
    await expect(fetch(`${host.url}/api/slow`)).rejects.toThrow();
  });

  test('an answer that is on its way when the end comes arrives whole', async () => {
    const host = await startHostProcess({ app: fixture('lifecycle') });
    const socket = createConnection(host.port, '127.0.0.1');
    socket.write('GET /api/slow HTTP/1.1\r\nHost: h\r\n\r\n');
    await host.printed("Executed 'Functions.slow'");

    const ended = host.end();
    while (await accepts(host.port));
    let received = 0;
    for await (const chunk of socket) received += chunk.length;

    expect(received).toBeGreaterThan(16_000_000);
    expect(await ended).toBe(0);
  });

  test('the host ends when the process that started it goes away', async () => {
    const host = await startHostProcess({ app: fixture('lifecycle') });

    host.child.disconnect();

    expect(await host.ended()).toBe(0);
  });
});

describe('functions host: ports', () => {
  const occupied = async (use: (port: number) => Promise<void>): Promise<void> => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await use(port);
    server.close();
  };

  test('a port that is taken is named, with its owner and the way out', async () => {
    await occupied(async (port) => {
      const host = await startHostProcess({ app: fixture('lifecycle'), args: ['--port', String(port)] });

      expect(host.announcement).toMatchObject({ kind: 'functions-host-failed', code: 'port-taken' });
      expect(host.announcement.message).toContain(`Port ${port} is taken`);
      expect(host.announcement.message).toContain('--port auto');
      if (process.platform === 'linux') expect(host.announcement.message).toContain(`process ${process.pid}`);
      expect(await host.ended()).toBe(1);
    });
  });

  test('with --port auto there is always one', async () => {
    const hosts: HostProcess[] = [];
    for (let count = 0; count < 2; count += 1) {
      hosts.push(await startHostProcess({ app: fixture('lifecycle'), args: ['--port', 'auto'] }));
    }

    expect(new Set(hosts.map(({ port }) => port)).size).toBe(2);
    await Promise.all(hosts.map((host) => host.end()));
  });
});

describe('functions host: apps that cannot be served', () => {
  test('an app that gives two functions one name is refused with the reason', async () => {
    const source = withApp(register('twin', "route: 'a'"), register('twin', "route: 'b'"));

    const failure = await failureOf(await appOf({ 'index.cjs': source }));

    expect(failure.message).toContain('already been registered');
  });

  test('every problem is reported at once', async () => {
    const source = withApp(register('a', "route: 'admin'"), register('b', "route: 'x/{'"));

    const failure = await failureOf(await appOf({ 'index.cjs': source }));

    expect(failure.code).toBe('functions-invalid');
    expect(failure.message).toContain("'a' is in error");
    expect(failure.message).toContain("'b' is in error");
  });

  test.each([
    ['throws while it loads', { 'index.cjs': "throw new Error('no settings')" }, 'entry-point-failed', 'no settings'],
    [
      'throws in its start hook',
      { 'index.cjs': withApp("app.hook.appStart(() => { throw new Error('not today') });") },
      'entry-point-failed',
      'not today',
    ],
    ['has not been built', {}, 'entry-point-missing', 'Build the app first?'],
    ['names no entry point', { 'package.json': '{}' }, 'package-json-invalid', 'main'],
    ['has a broken host.json', { 'host.json': '{ "version": "1.0" }' }, 'host-json-invalid', 'version'],
  ])('an app that %s is refused with the reason', async (_what, files, code, reason) => {
    const failure = await failureOf(await appOf(files));

    expect(failure.code).toBe(code);
    expect(failure.message).toContain(reason);
  });

  test('a wrong command line is answered with the right one', async () => {
    await expect(startHostProcess({ app: fixture('lifecycle'), args: ['--prot', '1'] })).rejects.toThrow('Usage:');
    await expect(startHostProcess({ app: fixture('lifecycle'), args: ['--port', 'x'] })).rejects.toThrow('not "x"');
  });
});
