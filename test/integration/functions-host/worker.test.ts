import { afterEach, describe, expect, test } from 'vitest';
import { fixture, type HostProcess, startHostProcess } from './host-process.js';

describe('functions host: its worker', () => {
  let host: HostProcess;

  const start = async (env: Readonly<Record<string, string>> = {}): Promise<void> => {
    host = await startHostProcess({ app: fixture('worker'), env });
  };

  afterEach(async () => {
    if (host.child.exitCode === null) await host.end();
  });

  const get = (path: string): Promise<Response> => fetch(`${host.url}/api/${path}`);
  const workerPid = async (): Promise<number> => Number(await (await get('pid')).text());

  test('is a process of its own, and ends with the host', async () => {
    await start();
    const pid = await workerPid();

    await host.end();

    expect(pid).toBe(host.announcement.workerPid);
    expect(pid).not.toBe(host.child.pid);
    expect(() => process.kill(pid, 0)).toThrow();
  });

  test('fails with all that it runs when it is killed, and another one takes what comes next', async () => {
    await start();
    const first = await workerPid();
    const running = [get('hangs'), get('hangs')];
    await host.printed('it hangs');
    await host.printed('it hangs');

    process.kill(first, 'SIGKILL');
    const statuses = (await Promise.all(running)).map(({ status }) => status);
    const second = await workerPid();

    expect(statuses).toEqual([500, 500]);
    expect(second).not.toBe(first);
    expect(host.output()).toContain(`The worker (process ${first}) exited with SIGKILL`);
  });

  test('dies of what nobody catches, as in Azure', async () => {
    await start();
    const first = await workerPid();

    await get('throws-later');
    await host.printed('exited with code');

    expect(await workerPid()).not.toBe(first);
  });

  test('has all that it logged told before it exits, in order', async () => {
    await start();

    expect((await get('logs-and-exits')).status).toBe(500);
    await host.printed('exited with code 3');

    expect(host.output().match(/last words \d/g)).toEqual(['last words 1', 'last words 2', 'last words 3']);
  });

  test('that dies three times ends the host, for the platform to start it anew', async () => {
    await start();

    for (let death = 1; death <= 2; death += 1) {
      expect((await get('dies')).status).toBe(500);
      await workerPid();
    }
    await get('dies').catch(() => undefined);

    expect(await host.ended()).toBe(1);
    expect(host.output()).toContain('Exceeded language worker restart retry count');
  });

  test('is gone when the host is killed, and nothing of it runs on', async () => {
    await start();
    const pid = await workerPid();

    host.child.kill('SIGKILL');
    await host.ended();

    await expect.poll(() => isAlive(pid)).toBe(false);
  });

  test('has what it prints logged as the console’s, on standard error at a level by its words', async () => {
    await start({ 'AzureFunctionsJobHost__logging__logLevel__Host.Function.Console': 'Warning' });

    await get('prints');
    await host.printed('a warning of failure');

    expect(host.output()).toContain('it FAILED');
    expect(host.output()).not.toMatch(/in front|as it should be/);
  });

  test('gets arguments of Node.js from the setting that Azure has for them', async () => {
    await start({ languageWorkers__node__arguments: '--title=the-worker --max-semi-space-size=4' });

    expect(await workerPid()).toBe(host.announcement.workerPid);
  });

  test('gets a body of 25 MB byte for byte, and its answer comes back so', async () => {
    await start();
    const body = Buffer.alloc(25 * 2 ** 20, '\u00ff', 'latin1');

    const response = await fetch(`${host.url}/api/echo`, { method: 'POST', body });

    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);
  });
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
