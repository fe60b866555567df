import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../../../local/faults/fault.js';
import { type ControlClient, createControlClient } from '../../../../local/stack/control-client.js';
import { type ControlServer, startControlServer } from '../../../../local/stack/control-server.js';
import { switchFaults } from '../../../../local/stack/switch-faults.js';

const counts = {
  name: 'bot-notifier',
  active: 3,
  locked: 1,
  deferred: 0,
  scheduled: 0,
  deadLettered: 2,
  sessions: 0,
};

const proxy = () => {
  let fault: Fault = { kind: 'none' };
  return {
    get fault() {
      return fault;
    },
    traffic: { connections: 2, pieces: 5 },
    setFault: async (wanted: Fault) => {
      fault = wanted;
    },
  };
};

let server: ControlServer;
let client: ControlClient;
let forgot = 0;
const forgetDuplicates = () => {
  forgot += 1;
};

beforeEach(async () => {
  const proxies = { 'blob-storage': proxy(), 'service-bus': proxy(), 'key-vault': proxy() };
  server = await startControlServer({ queues: () => [counts], forgetDuplicates, ...switchFaults(proxies) });
  client = createControlClient(server);
});

afterEach(() => server.close());

const statusOf = async (path: string, init?: RequestInit): Promise<number> =>
  (await fetch(new URL(path, server.url), init)).status;

describe('the control server', () => {
  it('lets queues forget what they had', async () => {
    await client.forgetDuplicates();

    expect(forgot).toBe(1);
  });

  it('tells its process and the counts of every queue', async () => {
    expect(await client.status()).toEqual({ pid: process.pid });
    expect(await client.queues()).toEqual([counts]);
  });

  it('a fault is set, seen and ended', async () => {
    await client.setFault('service-bus', 'slow 250');
    const set = await client.faults();
    await client.setFault('service-bus', 'none');

    expect(set).toEqual({ 'blob-storage': 'none', 'service-bus': 'slow 250', 'key-vault': 'none' });
    expect((await client.faults())['service-bus']).toBe('none');
  });

  it('tells what has come to each stand-in', async () => {
    const came = { connections: 2, pieces: 5 };

    expect(await client.traffic()).toEqual({ 'blob-storage': came, 'service-bus': came, 'key-vault': came });
  });

  it('a fault that there is not is refused with what there is', async () => {
    await expect(client.setFault('key-vault', 'explode')).rejects.toThrow(
      'There is no fault "explode"; there are: none',
    );
  });

  it('nobody without the token sees or does anything', async () => {
    const wrong = { headers: { authorization: 'Bearer wrong' } };
    const statuses = await Promise.all([
      statusOf('/queues'),
      statusOf('/faults', wrong),
      statusOf('/faults/key-vault', { ...wrong, method: 'PUT', body: 'hang' }),
    ]);

    expect(statuses).toEqual([401, 401, 401]);
    expect((await client.faults())['key-vault']).toBe('none');
  });

  it('what it does not know is not found', async () => {
    const headers = { authorization: `Bearer ${server.token}` };

    expect(await statusOf('/nothing', { headers })).toBe(404);
    expect(await statusOf('/faults/nothing', { headers, method: 'PUT', body: 'hang' })).toBe(404);
    expect(await statusOf('/queues', { headers, method: 'DELETE' })).toBe(404);
  });
});
