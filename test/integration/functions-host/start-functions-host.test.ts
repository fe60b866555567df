import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostLogEntry } from '../../../local/functions-host/host-log.js';
import { type FunctionsHost, startFunctionsHost } from '../../../local/functions-host/start-functions-host.js';
import { startInProcessWorker as startWorker } from '../../../local/functions-host/worker/in-process-worker.js';
import { fixture } from './host-process.js';

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

describe('functions host inside this process', () => {
  const lines: HostLogEntry[] = [];
  let host: FunctionsHost;

  beforeAll(async () => {
    const log = (line: HostLogEntry): void => void lines.push(line);
    host = await startFunctionsHost({ appDirectory: fixture('keys'), port: 0, hostname: '0.0.0.0', log, startWorker });
  });

  afterAll(() => host.close());

  test('it says where it listens and what it serves', () => {
    expect(host.url).toBe(`http://0.0.0.0:${host.port}`);
    expect(host.functions).toContainEqual({
      name: 'for-anyone',
      trigger: 'httpTrigger',
      route: 'for-anyone',
      methods: ['GET'],
      authLevel: 'anonymous',
      url: `${host.url}/api/for-anyone`,
    });
    expect(host.functions).toContainEqual({ name: 'by-hand', trigger: 'queueTrigger' });
  });

  test('its log goes where it is told', async () => {
    await fetch(`http://127.0.0.1:${host.port}/api/for-anyone`);

    expect(lines.at(-1)).toMatchObject({ level: 'information', category: 'Function.for-anyone' });
  });

  test.skipIf(elsewhere === undefined)('without keys, the admin endpoints serve this machine alone', async () => {
    const statusAt = async (address: string): Promise<number> =>
      (await fetch(`http://${address}:${host.port}/admin/host/status`)).status;

    expect(await statusAt('127.0.0.1')).toBe(200);
    expect(await statusAt(elsewhere ?? '')).toBe(401);
  });

  test('a process runs one app', async () => {
    const second = startFunctionsHost({ appDirectory: fixture('keys'), port: 0, log: () => undefined, startWorker });

    await expect(second).rejects.toMatchObject({ code: 'second-app' });
  });

  test('closing twice is closing once', async () => {
    await Promise.all([host.close(), host.close()]);

    await expect(fetch(`http://127.0.0.1:${host.port}/api/for-anyone`)).rejects.toThrow();
  });
});
