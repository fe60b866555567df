import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../support/run-command.js';
import { type Commands, startCommands } from './start-commands.js';

/** What `package.json` runs from `dist/local`: commands with words and options of their own. */
const commands = [
  ...new Set(
    [...readFileSync('package.json', 'utf8').matchAll(/node dist\/local\/([a-z-]+)\.js"/g)].map(
      ([, name = '']) => name,
    ),
  ),
];

let folder: string;
/** In one process; each command is started as a user starts it where it explains itself. */
let together: Commands;

beforeAll(async () => {
  together = startCommands();
  folder = await mkdtemp(join(tmpdir(), 'breakwater-wrong-'));
});

afterAll(async () => {
  together.end();
  await rm(folder, { recursive: true, force: true });
});

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

it('every command explains itself', async () => {
  const runs = await Promise.all(
    commands.map(async (command) => ({ command, ...(await runCommand(command, '--help')) })),
  );
  const silent = runs.filter(({ code, stdout }) => code !== 0 || !/Usage:\n {2}npm (run|start)/.test(stdout));

  expect(silent).toEqual([]);
  expect(commands.length).toBeGreaterThanOrEqual(17);
});

it('every command refuses an option that it does not have, with the way to its help', async () => {
  const runs = await Promise.all(
    commands.map(async (command) => ({ command, ...(await together.run(command, '--hepl')) })),
  );
  const heard = runs.map(({ command, code, stderr }) => [command, code, stderr.split('\n')[0], lastLine(stderr)]);

  expect(heard).toEqual(
    commands.map((command) => [command, 2, '✗ There is no option --hepl', '--help shows every option']),
  );
});

it.each(['clean', 'queues', 'send', 'start'])('%s refuses a word too many', async (command) => {
  const { code, stderr } = await together.run(command, 'one', 'two', 'three', 'four');

  expect(code).toBe(2);
  expect(stderr).toMatch(/^✗ "(one|three)" means nothing here/);
});

describe('a wrong use', () => {
  let foreign: Server;
  let at: string;

  beforeAll(async () => {
    foreign = createServer((_, reply) => reply.writeHead(200).end('<html>mine</html>')).listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const address = foreign.address();
    at = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    vi.stubEnv('ADMIN_TOKEN', 'a-token');
  });

  afterAll(() => {
    vi.unstubAllEnvs();
    foreign.closeAllConnections();
    foreign.close();
  });

  const refused = 'Nothing listens there: the connection was refused';
  const noUrl = 'For example: --url http://127.0.0.1:7071';
  const table: readonly (readonly [command: string, lastLine: string])[] = [
    ['health --url FOREIGN', 'The answer is not a health report'],
    ['health --url http://127.0.0.1:47', refused],
    ['health --url localhost:7071', noUrl],
    ['events list --url FOREIGN', '<html>mine</html>'],
    ['events list --url http://127.0.0.1:47', refused],
    ['events list --url nonsense', noUrl],
    ['events shwo some-id', 'Did you mean show?'],
    ['events replay --from yesterday', 'e.g. 2026-01-31T08:00:00Z'],
    ['reconcile --url FOREIGN', '<html>mine</html>'],
    ['reconcile --url http://127.0.0.1:47', refused],
    [
      'send github push --url FOREIGN',
      '→ The answer is a web page, not from Breakwater: another server may use the port. Check --url',
    ],
    ['send github psh --url FOREIGN', 'npm run send -- github --list shows every event'],
    ['capture --port seven', '✗ --port "seven" is not a whole number from 0 to 65535'],
    ['soak --events 0', '✗ --events "0" is not a whole number from 1 to 1000000'],
    ['fuzz --seconds 0', '✗ --seconds "0" is not a whole number from 1 to 86400'],
    ['fuzz --fault hang', 'Known: blob-storage, service-bus, key-vault'],
    ['availability --rate 0', '✗ --rate "0" is not a whole number from 1 to 1000'],
    [
      'availability --fault nobody:hang',
      '✗ --fault "nobody:hang" does not begin with blob-storage, service-bus, key-vault',
    ],
    ['bench pipelin', 'Did you mean pipeline?'],
  ];

  it.each(table)('%s', async (command, last) => {
    const [name = '', ...args] = command.replace('FOREIGN', at).split(' ');

    const { code, stdout, stderr } = await together.run(name, ...args);

    expect([code, lastLine(`${stdout}\n${stderr}`)]).toEqual([1, last]);
  });
});

describe('a command that names a stack', () => {
  it.each([
    ['capture'],
    ['events', 'show', 'some-id'],
    ['health'],
    ['peek', 'merge-warden'],
    ['receive', 'merge-warden'],
    ['reconcile'],
    ['example-bot'],
    ['faults'],
    ['functions-bot'],
    ['listen'],
    ['queues'],
    ['send', 'github', 'push'],
  ])('%s refuses when that stack does not run, and says how to start it', async (command, ...words) => {
    const { code, stderr } = await together.run(command, ...words, '--state', join(folder, 'none'));

    expect(code).toBe(1);
    expect(stderr).toContain('✗ The local stack is not running');
    expect(stderr).toContain('npm start');
  });

  it('an option that is nearly right is named', async () => {
    const { stderr } = await together.run('queues', '--stat', folder);

    expect(stderr).toContain('Did you mean --state?');
  });
});

describe('start', () => {
  it.each([
    ['a file that is not there', ['--settings', '/none.json'], 'There is no /none.json'],
    ['a file that is none of settings', ['--settings', 'package.json'], 'name is no member of this file'],
    ['a host that there is not', ['--host', 'fucn'], '--host "fucn" is none of func, built-in, auto'],
    ['a port that is none', ['--port', '70707'], '--port "70707" is neither a port'],
  ])('refuses %s before anything runs', async (_, args, what) => {
    const { code, stdout, stderr } = await together.run('start', '--state', join(folder, 'none'), ...args);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(what);
  });
});

it.runIf(existsSync('/dev/full'))('output that is lost is a failure', async () => {
  const script = join('dist', 'local', 'send.js');
  const { code } = await new Promise<{ readonly code: number }>((done) => {
    execFile('sh', ['-c', `"$0" ${script} --help > /dev/full`, process.execPath], (fault) =>
      done({ code: typeof fault?.code === 'number' ? fault.code : 0 }),
    );
  });

  expect(code).toBe(1);
});

describe('clean', () => {
  it('removes nothing from a folder that no stack has made', async () => {
    const project = join(folder, 'project');
    await mkdir(join(project, 'key-vault'), { recursive: true });
    await writeFile(join(project, 'key-vault', 'module.tf'), 'mine');

    const { code, stderr } = await together.run('clean', '--state', project);

    expect([code, await readdir(join(project, 'key-vault'))]).toEqual([1, ['module.tf']]);
    expect(stderr).toContain('was not made by a local stack: nothing was removed');
  });
});

const nowhere = ['--url', 'http://127.0.0.1:47'];

describe('send', () => {
  it.each([
    ['a server that nobody runs', ['--url', 'http://127.0.0.1:47'], 'Check --url, and that its server runs'],
    [
      'a URL that is none',
      ['--url', 'localhost:7071'],
      'Give a base such as http://127.0.0.1:7071, or the whole URL of the webhook',
    ],
    ['an unknown sender', ['--list'], undefined],
    ['a field that is none', [...nowhere, '--set', 'ref'], 'For example: --set pull_request.title=Hello'],
    ['a field with a slip', [...nowhere, '--set', 'repositry.name=x'], 'Did you mean repository?'],
    ['a rate that is none', [...nowhere, '--rate', '0'], '✗ --rate "0" is not a whole number from 1 to 1000'],
    ['a file that is not there', [...nowhere, '--replay', '/none.http'], expect.stringContaining('ENOENT')],
    ['a header that cannot be sent', [...nowhere, '--replay', 'HEADER'], expect.stringContaining('the header X-Odd')],
    [
      'a file that is no request',
      [...nowhere, '--replay', 'package.json'],
      expect.stringContaining('It begins with "POST'),
    ],
  ])('to %s says what to change', async (_, args, last) => {
    const odd = join(folder, 'odd.http');
    await writeFile(odd, 'POST /api/webhooks/github\nX-GitHub-Event: push\nX-Odd: \u0001\n\n{}');
    const named = args.map((each) => (each === 'HEADER' ? odd : each));

    const { code, stderr } = await together.run('send', last === undefined ? 'gihtub' : 'github', 'push', ...named);

    expect(code).toBe(1);
    if (last === undefined) expect(stderr).toContain('Did you mean github');
    else expect(lastLine(stderr)).toEqual(last);
  });
});
