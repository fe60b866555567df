import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture, type HostProcess, startHostProcess } from './host-process.js';

describe('functions host: function keys', () => {
  let host: HostProcess;

  beforeAll(async () => {
    host = await startHostProcess({
      app: fixture('keys'),
      args: ['--port', '0', '--enable-auth', '--function-key', 'the function key', '--master-key', 'the master key'],
    });
  });

  afterAll(async () => {
    await host.end();
  });

  const statusOf = async (path: string, key?: string): Promise<number> => {
    const headers = key === undefined ? {} : { 'x-functions-key': key };
    return (await fetch(`${host.url}${path}`, { headers })).status;
  };

  test.each([
    ['/api/for-anyone', undefined, 204],
    ['/api/for-key-holders', undefined, 401],
    ['/api/for-key-holders', 'wrong', 401],
    ['/api/for-key-holders', '', 401],
    ['/api/for-key-holders', 'the function key', 204],
    ['/api/for-key-holders', 'the master key', 204],
    ['/api/for-the-master', 'the function key', 401],
    ['/api/for-the-master', 'the master key', 204],
    ['/admin/host/status', undefined, 401],
    ['/admin/host/status', 'the function key', 401],
    ['/admin/host/status', 'the master key', 200],
    ['/admin/host/ping', undefined, 200],
  ])('%s with key %s is answered %i', async (path, key, status) => {
    expect(await statusOf(path, key)).toBe(status);
  });

  test('the key may travel in the query, and a key in the header goes first', async () => {
    const code = `code=${encodeURIComponent('the function key')}`;

    expect(await statusOf(`/api/for-key-holders?${code}`)).toBe(204);
    expect(await statusOf(`/api/for-key-holders?${code}`, 'wrong')).toBe(401);
  });

  test('a function cannot be run by hand without the master key', async () => {
    const run = (key: string): Promise<Response> =>
      fetch(`${host.url}/admin/functions/by-hand`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json', 'x-functions-key': key },
      });

    expect((await run('the function key')).status).toBe(401);
    expect((await run('the master key')).status).toBe(202);
  });

  test('keys are refused before a body is read', async () => {
    const response = await fetch(`${host.url}/api/for-key-holders`, { method: 'POST', body: 'x'.repeat(100_000) });

    expect(response.status).toBe(401);
  });
});

describe('functions host: without function keys', () => {
  test('every level is open, as with Core Tools', async () => {
    const host = await startHostProcess({ app: fixture('keys') });

    const response = await fetch(`${host.url}/api/for-the-master`);

    expect(response.status).toBe(204);
    await host.end();
  });
});
