import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { QueueError } from '../../../src/routing/queue-error.js';
import { createMemoryApp, type MemoryApp, testSecret } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const deepHealth = ({ app }: MemoryApp, query: Record<string, string> = {}): Promise<Reply> =>
  callHandler(app.deepHealth, new HttpRequest({ method: 'GET', url: 'http://localhost/api/health/deep', query }));

const fail = async (memory: MemoryApp, times: number): Promise<void> => {
  for (let n = 0; n < times; n += 1) await memory.github('star', { action: 'created' }, { delivery: `fails-${n}` });
};

describe('deep health', () => {
  it('with every breaker closed it is healthy, and shows each breaker', async () => {
    const memory = createMemoryApp();

    const reply = await deepHealth(memory);

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: 'healthy',
      isHealthy: true,
      version: '0.0.0-test',
      instance: 'test',
      checks: {
        service_bus_circuit: { healthy: true, message: 'State: Closed', durationMs: 0 },
        blob_storage_circuit: { healthy: true, message: 'State: Closed', durationMs: 0 },
        key_vault_circuit: { healthy: true, message: 'State: Closed', durationMs: 0 },
      },
      circuitBreakers: { 'blob-storage': { state: 'Closed', nextRecoveryAttempt: null } },
    });
    expect(reply.json?.['checks']).not.toHaveProperty('blob_storage_probe');
  });

  it('storage alone can only degrade', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    await fail(memory, 5);

    const reply = await deepHealth(memory);

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: 'degraded',
      isHealthy: false,
      checks: { blob_storage_circuit: { healthy: false, message: 'State: Open' } },
      circuitBreakers: { 'blob-storage': { state: 'Open', nextRecoveryAttempt: '2026-01-01T00:00:30.000Z' } },
    });
  });

  it('with Service Bus open nothing gets in: unhealthy', async () => {
    const memory = createMemoryApp();
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });
    await fail(memory, 5);

    const reply = await deepHealth(memory);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ status: 'unhealthy', checks: { service_bus_circuit: { healthy: false } } });
  });

  it('with Key Vault open and no secret cached nothing can be verified: unhealthy', async () => {
    const memory = createMemoryApp();
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
    await fail(memory, 3);

    const reply = await deepHealth(memory);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ status: 'unhealthy', checks: { key_vault_circuit: { healthy: false } } });
  });

  it('with Key Vault open and every secret cached it is only degraded', async () => {
    const memory = createMemoryApp({ environment: { SECRET_REFRESH_SECONDS: '1' } });
    await memory.github('star', { action: 'created' });
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
    for (let n = 0; n < 3; n += 1) {
      memory.clock.advance(10_000);
      await memory.github('star', { action: 'created' }, { delivery: `stale-${n}` });
    }

    const reply = await deepHealth(memory);

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ status: 'degraded', checks: { key_vault_circuit: { healthy: false } } });
  });

  it('a probe touches every dependency, and what cannot be reached is said without its own words', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    const reply = await deepHealth(memory, { probe: 'true' });

    expect(reply.json).toMatchObject({
      status: 'degraded',
      checks: {
        service_bus_probe: { healthy: true, message: 'Reachable' },
        blob_storage_probe: { healthy: false, message: 'Unreachable', reason: 'unreachable' },
        key_vault_probe: { healthy: true, message: 'Reachable' },
      },
    });
    expect(reply.body).not.toContain('on purpose');
  });

  it('a queue that is missing for the probe is told, and takes nobody else out of service', async () => {
    const memory = createMemoryApp({
      wrap: (dependencies) => ({
        ...dependencies,
        probes: {
          ...dependencies.probes,
          'service-bus': () => Promise.reject(new QueueError('queue-missing', 'gone')),
        },
      }),
    });

    const reply = await deepHealth(memory, { probe: 'true' });

    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({
      status: 'degraded',
      checks: { service_bus_probe: { healthy: false, message: 'Refused: not-found', reason: 'not-found' } },
    });
  });

  it('while a secret is rotated it says when the old version was last needed', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('github-webhook-secret', [
      { version: 'new', value: 'the-new-secret-of-the-rotation' },
      { version: 'old', value: testSecret },
    ]);
    const sight = async () => (await deepHealth(memory)).json?.['secrets'];

    const unread = await sight();
    memory.clock.advance(5_000);
    await memory.github('star', { action: 'created' }, { delivery: 'signed-with-the-old-one' });
    memory.clock.advance(60_000);
    const secret = 'the-new-secret-of-the-rotation';
    await memory.github('star', { action: 'created' }, { delivery: 'signed-with-the-new-one', secret });

    expect(unread).toEqual({ github: { versions: null, source: 'none', olderLastNeeded: null } });
    expect(await sight()).toEqual({
      github: { versions: 2, source: 'vault', olderLastNeeded: '2026-01-01T00:00:05.000Z' },
    });
  });

  it('a secret with a line feed at its end is 503, and the report says whose secret cannot be used, and why', async () => {
    const memory = createMemoryApp();
    memory.secrets.set('github-webhook-secret', `${testSecret}\n`);
    const delivery = await memory.github('star', { action: 'created' });

    const reply = await deepHealth(memory);

    expect(delivery.status).toBe(503);
    expect(delivery.json).toMatchObject({ code: 'SecretUnavailable' });
    expect(reply.json).toMatchObject({
      status: 'degraded',
      isHealthy: false,
      secrets: { github: { versions: null, source: 'none', problem: 'begins or ends with white space' } },
    });
    expect(reply.body).not.toContain(testSecret);
  });

  it('with Key Vault failing once, before its breaker opens, the report says that a secret is not to be had', async () => {
    const memory = createMemoryApp();
    memory.secrets.setFault({ kind: 'fail', code: 'throttled' });
    await fail(memory, 1);

    expect((await deepHealth(memory)).json).toMatchObject({
      status: 'degraded',
      secrets: { github: { source: 'none' } },
    });
  });

  it('a probe of something that hangs ends after two seconds', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'hang' });

    const waiting = deepHealth(memory, { probe: 'true' });
    await settled();
    memory.clock.advance(2_000);

    expect((await waiting).json).toMatchObject({
      checks: { blob_storage_probe: { healthy: false, message: 'No answer in time', durationMs: 2_000 } },
    });
  });

  it('reading it changes nothing: an open breaker is still open after its cool-down until a call comes', async () => {
    const memory = createMemoryApp();
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });
    await fail(memory, 5);
    memory.clock.advance(60_000);

    const first = await deepHealth(memory);
    const second = await deepHealth(memory);

    expect(first.json).toMatchObject({ circuitBreakers: { 'blob-storage': { state: 'Open', retryAfterMs: 0 } } });
    expect(second.json?.['circuitBreakers']).toEqual(first.json?.['circuitBreakers']);
  });
});

describe('liveness and readiness', () => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/health' });

  it('liveness depends on nothing', async () => {
    const memory = createMemoryApp();
    memory.queue.setFault({ kind: 'hang' });
    memory.archive.setFault({ kind: 'hang' });

    const reply = await callHandler(memory.app.liveness, request);

    expect(reply.status).toBe(200);
    expect(reply.json).toEqual({ status: 'healthy' });
  });

  it('readiness says that clients can be built', async () => {
    const memory = createMemoryApp();

    const reply = await callHandler(memory.app.readiness, request);

    expect(reply.status).toBe(200);
  });

  it('readiness names the class of the reason and not the reason', async () => {
    const buildClients = () => Promise.reject(new Error('AccountKey=secret is malformed'));
    const memory = createMemoryApp({ buildClients });

    const reply = await callHandler(memory.app.readiness, request);

    expect(reply.status).toBe(503);
    expect(reply.json).toMatchObject({ code: 'NotReady', detail: 'ClientConstruction' });
    expect(reply.body).not.toContain('secret');
  });
});
