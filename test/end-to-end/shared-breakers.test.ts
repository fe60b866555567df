import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { MortalHost } from '../soak/stack/mortal-host.js';
import { type StandIns, startStandIns } from '../soak/stack/start-stand-ins.js';
import { postGithub } from '../support/github-client.js';

const bots = [{ name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false }];
/** Whatever else the machine does. */
const slow = { timeout: 120_000, interval: 100 };
const recordName = 'circuit-breakers.json';

const breakerSchema = z.object({
  state: z.string(),
  successful: z.number(),
  failed: z.number(),
  configuration: z.object({ coolDownMs: z.number() }),
});
const healthSchema = z.object({ circuitBreakers: z.object({ 'service-bus': breakerSchema }) });

/** Two hosts, each a process of its own, on one storage. */
describe('breakers that two processes share', { timeout: 300_000 }, () => {
  let stateDirectory: string;
  let standIns: StandIns;
  let one: MortalHost;
  let two: MortalHost;
  let sent = 0;

  beforeAll(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-shared-'));
    standIns = await startStandIns({ stateDirectory, providers: ['github'], bots: { bots } });
    const settings = {
      CircuitBreaker__shared: 'blob',
      CircuitBreaker__serviceBus__coolDownMs: '600000',
      OUTBOX_SCHEDULE: '0 0 0 1 1 *',
    };
    const hostOf = (name: string) => new MortalHost({ standIns, stateDirectory, settings, name });
    [one, two] = [hostOf('one'), hostOf('two')];
    await Promise.all([one.start(), two.start()]);
  }, 180_000);

  afterAll(async () => {
    await Promise.all([one?.kill(), two?.kill()]);
    await standIns?.stop();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  const deliver = async (host: MortalHost) => {
    sent += 1;
    const body = JSON.stringify({ after: `${sent}`, repository: { full_name: 'octo-org/octo-repo' } });
    const reply = await postGithub(host.url, { event: 'push', body, delivery: `shared-${sent}` });
    return { status: reply.status, json: z.record(z.string(), z.unknown()).parse(await reply.json()) };
  };

  const operate = async (host: MortalHost, method: 'POST' | 'PATCH', path: string, body = {}) => {
    const headers = { authorization: `Bearer ${localAdminToken}`, 'content-type': 'application/json' };
    const reply = await fetch(`${host.url}/api/circuit-breakers/${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    return reply.json();
  };

  const breakerOf = async (host: MortalHost) => {
    const reply = await fetch(`${host.url}/api/circuit-breakers/health`);
    return healthSchema.parse(await reply.json()).circuitBreakers['service-bus'];
  };

  const stateOf = (host: MortalHost) => async (): Promise<string> => (await breakerOf(host)).state;

  it('Service Bus dies for one: the other refuses without a failed call of its own, and a reset there reaches both', async () => {
    await expect.poll(async () => (await deliver(two)).status, slow).toBe(202);
    const before = await breakerOf(two);
    await standIns.control.setFault('service-bus', 'refuse');
    while ((await breakerOf(one)).state !== 'Open') await deliver(one);

    await expect.poll(stateOf(two), slow).toBe('Open');
    const refused = await deliver(two);
    const after = await breakerOf(two);
    await standIns.control.setFault('service-bus', 'none');
    const reset = await operate(two, 'POST', 'service-bus/reset');

    expect(refused).toMatchObject({
      status: 503,
      json: { code: 'CircuitBreakerOpen', archived: true, deferred: true },
    });
    expect([after.failed, after.successful]).toEqual([before.failed, before.successful]);
    expect(reset).toMatchObject({ shared: true });
    await expect.poll(stateOf(one), slow).toBe('Closed');
    expect((await deliver(one)).status).toBe(202);
  });

  it('what an operator changes on one holds on the other, also when that one was killed meanwhile', async () => {
    const coolDownOf = (host: MortalHost) => async () => (await breakerOf(host)).configuration.coolDownMs;
    await operate(two, 'PATCH', 'service-bus', { coolDownMs: 4_000 });
    await expect.poll(coolDownOf(one), slow).toBe(4_000);
    await one.kill();
    await operate(two, 'PATCH', 'service-bus', { coolDownMs: 3_000 });

    await one.start();

    await expect.poll(coolDownOf(one), slow).toBe(3_000);
  });

  it('a record that says open for weeks holds nobody longer than the own cool-down', async () => {
    const entry = { id: 'hostile', by: 'nobody', kind: 'Open', remainingMs: 2 ** 31 - 1 };
    const text = JSON.stringify({ version: 1, breakers: { 'service-bus': entry } });
    const blob = BlobServiceClient.fromConnectionString(standIns.connections.blobConnectionString)
      .getContainerClient('webhook-outbox')
      .getBlockBlobClient(recordName);
    await blob.upload(text, text.length);
    await expect.poll(stateOf(two), slow).not.toBe('Closed');

    for (const host of [one, two]) await expect.poll(async () => (await deliver(host)).status, slow).toBe(202);
  });

  it('storage that fails changes nothing', async () => {
    // Only calls that succeed close a breaker: how many it takes depends on what a busy machine was late for.
    const stateAfterOneMore = (host: MortalHost) => async (): Promise<string> => {
      await deliver(host);
      return stateOf(host)();
    };
    for (const host of [one, two]) await expect.poll(stateAfterOneMore(host), slow).toBe('Closed');
    await standIns.control.setFault('blob-storage', 'refuse');
    const replies = [];
    for (let round = 0; round < 3; round += 1)
      for (const host of [one, two]) replies.push((await deliver(host)).status);
    const states = [await stateOf(one)(), await stateOf(two)()];
    await standIns.control.setFault('blob-storage', 'none');

    expect(replies).toEqual(Array(6).fill(202));
    expect(states).toEqual(['Closed', 'Closed']);
  });
});
