import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from 'vitest';
import type { GuardedCall } from '../../src/circuit-breaker/guarded-call.js';
import { type BreakerPorts, createBreakers, createQueueBreakers } from '../../src/composition/breakers.js';
import { createMetricsStore } from '../../src/observability/metrics/metrics-store.js';
import { ManualClock } from '../support/manual-clock.js';

const delivery = new AsyncLocalStorage<string>();

const setUp = () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const write = (_level: string, event: string): void => void lines.push(`${event}, ${delivery.getStore()}`);
  const settings = { serviceBus: {}, blobStorage: {}, keyVault: {} };
  const ports: BreakerPorts = {
    settings,
    fullSharesMs: { archive: 1_000, route: 1_000, secrets: 1_000 },
    clock,
    log: { write },
    metrics: createMetricsStore(),
  };
  return { clock, lines, ports };
};

/** A call that never answers, made while a delivery is handled. */
const hangFor = <E>(name: string, breaker: GuardedCall<never, E>): void =>
  delivery.run(name, () => void breaker.call(() => new Promise<never>(() => {}), { timeoutMs: 1_000 }));

test('breakers: the service-bus breaker opens by a timeout in the log of the delivery that met it', () => {
  const { clock, lines, ports } = setUp();
  const breaker = createBreakers(ports)['service-bus'];

  for (const name of ['1', '2', '3', '4', 'the fifth']) hangFor(name, breaker);
  delivery.run('another', () => clock.advance(1_000));

  expect(lines).toEqual(['breaker.opened, the fifth']);
});

test('breakers: a queue’s own breaker opens by a timeout in the log of the delivery that met it', () => {
  const { clock, lines, ports } = setUp();
  const breaker = createQueueBreakers(ports).get('merge-warden');

  for (const name of ['1', '2', 'the third']) hangFor(name, breaker);
  delivery.run('another', () => clock.advance(1_000));

  expect(lines).toEqual(['breaker.opened, the third']);
});
