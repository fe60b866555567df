import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { createMetricsStore } from '../../../src/observability/metrics/metrics-store.js';
import { observeBreaker } from '../../../src/observability/metrics/observe-breaker.js';
import { systemClock } from '../../../src/time/clock.js';
import { createMemoryApp, type MemoryApp, notifier } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

type Fault = 'error' | 'hang' | undefined;

const switchQueue = ({ queue }: MemoryApp, fault: Fault): void =>
  queue.setFault(fault === 'error' ? { kind: 'error', code: 'unavailable' } : fault && { kind: 'hang' });

const switchArchive = ({ archive }: MemoryApp, fault: Fault): void =>
  archive.setFault(fault === 'error' ? { kind: 'error', code: 'unavailable' } : fault && { kind: 'hang' });

const switchVault = ({ secrets }: MemoryApp, fault: Fault): void =>
  secrets.setFault(fault === 'error' ? { kind: 'fail', code: 'unavailable' } : { kind: fault ?? 'none' });

/** The numbers of the requirement, written down once more. `probesSeen`: one secret is looked up once at a time. */
const services = [
  { name: 'service-bus', failures: 5, coolDownMs: 30_000, successes: 3, probesSeen: 3, fault: switchQueue },
  { name: 'blob-storage', failures: 5, coolDownMs: 30_000, successes: 2, probesSeen: 5, fault: switchArchive },
  { name: 'key-vault', failures: 3, coolDownMs: 60_000, successes: 2, probesSeen: 1, fault: switchVault },
] as const;

const deliver = (memory: MemoryApp) => memory.github('issues', { action: 'opened' });

const report = async ({ app }: MemoryApp, name: string): Promise<Readonly<Record<string, unknown>>> => {
  const request = new HttpRequest({ method: 'GET', url: 'http://localhost/api/circuit-breakers/health' });
  const { json } = await callHandler(app.breakerHealth, request);
  return new Map(Object.entries(json?.['circuitBreakers'] ?? {})).get(name);
};

const open = async (memory: MemoryApp, { failures, fault }: (typeof services)[number]): Promise<void> => {
  fault(memory, 'error');
  for (let delivery = 0; delivery < failures; delivery += 1) await deliver(memory);
};

const createApp = (): MemoryApp => createMemoryApp({ bots: [notifier] });

describe.each(services)('REQ-009: $name', (service) => {
  const { name, failures, coolDownMs, successes, probesSeen, fault } = service;

  it('trips after so many consecutive failures and not one earlier', async () => {
    const memory = createApp();
    fault(memory, 'error');

    for (let delivery = 1; delivery < failures; delivery += 1) await deliver(memory);
    const before = await report(memory, name);
    await deliver(memory);

    expect(before).toMatchObject({ state: 'Closed', consecutiveFailures: failures - 1 });
    expect(await report(memory, name)).toMatchObject({ state: 'Open', consecutiveFailures: failures });
  });

  it('lets nothing through before its cool-down is over, and then tests whether the service is back', async () => {
    const memory = createApp();
    await open(memory, service);
    fault(memory, undefined);

    memory.clock.advance(coolDownMs - 1);
    await deliver(memory);
    const refused = await report(memory, name);
    memory.clock.advance(1);
    await deliver(memory);

    expect(refused).toMatchObject({ state: 'Open', successful: 0, rejected: 1, retryAfterMs: 1 });
    expect(await report(memory, name)).toMatchObject({ state: 'HalfOpen', successful: 1 });
  });

  it('closes after enough successful probes', async () => {
    const memory = createApp();
    await open(memory, service);
    fault(memory, undefined);
    memory.clock.advance(coolDownMs);

    for (let probe = 0; probe < successes; probe += 1) {
      await deliver(memory);
      // A secret is asked for again only after its refresh age.
      memory.clock.advance(300_000);
    }

    expect(await report(memory, name)).toMatchObject({ state: 'Closed', consecutiveFailures: 0 });
  });

  it('half-open lets a few calls through at once and rejects the others at once', async () => {
    const memory = createApp();
    await open(memory, service);
    memory.clock.advance(coolDownMs);
    fault(memory, 'hang');

    const deliveries = Array.from({ length: 10 }, () => deliver(memory));
    await settled();
    const during = await report(memory, name);
    for (let second = 0; second < 10; second += 1) {
      memory.clock.advance(1_000);
      await settled();
    }
    await Promise.all(deliveries);

    expect(during).toMatchObject({ state: 'HalfOpen', running: probesSeen });
    expect(await report(memory, name)).toMatchObject({ state: 'Open', running: 0 });
  });

  it('every change of state leaves one log line and is counted', async () => {
    const memory = createApp();
    await open(memory, service);
    fault(memory, undefined);
    memory.clock.advance(coolDownMs);
    await deliver(memory);

    const lines = memory.lines.filter(({ event }) => String(event).startsWith('breaker.'));
    expect(lines).toMatchObject([
      { event: 'breaker.opened', breaker: name, from: 'Closed', to: 'Open', reason: 'failure-threshold' },
      { event: 'breaker.half-opened', breaker: name, from: 'Open', to: 'HalfOpen', reason: 'cool-down-elapsed' },
    ]);
    const metrics = await callHandler(memory.app.metrics, new HttpRequest({ method: 'GET', url: 'http://localhost/' }));
    for (const to of ['open', 'half-open']) {
      const series = `breakwater_circuit_breaker_transitions_total{breaker="${name}",to="${to}",instance_id="test"} 1`;
      expect(metrics.body).toContain(`\n${series}\n`);
    }
  });

  it('its metrics add up whenever they are read', async () => {
    const memory = createApp();
    const readings: Readonly<Record<string, unknown>>[] = [];

    for (const phase of [undefined, 'error', 'hang', undefined] as const) {
      fault(memory, phase);
      const deliveries = Array.from({ length: 5 }, () => deliver(memory));
      readings.push(await report(memory, name));
      for (let second = 0; second < 70; second += 1) {
        memory.clock.advance(1_000);
        await settled();
      }
      await Promise.all(deliveries);
      readings.push(await report(memory, name));
    }

    for (const { total, running, successful, failed, ignored, rejected } of readings) {
      const parts = [running, successful, failed, ignored, rejected].map(Number);
      expect(parts.reduce((sum, part) => sum + part)).toBe(total);
    }
  });
});

describe('REQ-009: performance', () => {
  const createObservedBreaker = () => {
    const breaker = new CircuitBreaker<number, unknown>({
      name: 'warehouse',
      options: defaultBreakerOptions,
      classify: (error) => ({ verdict: 'failure', error }),
      clock: systemClock,
    });
    return observeBreaker(breaker, { metrics: createMetricsStore(), log: { write: () => {} } });
  };

  it('a call costs far less than a millisecond, counting and timing included', async () => {
    const breaker = createObservedBreaker();
    const calls = 10_000;

    const startedMs = performance.now();
    for (let call = 0; call < calls; call += 1) await breaker.call(async () => call);
    const costMs = (performance.now() - startedMs) / calls;

    expect(costMs).toBeLessThan(0.5);
  });

  it('a hundred thousand calls leave nothing in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const breaker = createObservedBreaker();
    const run = async (calls: number): Promise<number> => {
      for (let call = 0; call < calls; call += 1) await breaker.call(async () => call);
      collectGarbage();
      return process.memoryUsage().heapUsed;
    };

    const before = await run(10_000);
    const after = await run(100_000);

    // One word retained for each call would be 800 kB.
    expect(after - before).toBeLessThan(400_000);
  });
});
