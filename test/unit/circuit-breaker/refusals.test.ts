import { describe, expect, test } from 'vitest';
import { BreakerOnTest } from './breaker-on-test.js';

const retryAfterMs = async (onTest: BreakerOnTest): Promise<unknown> => {
  const result = await onTest.begin().result;
  return !result.ok && 'retryAfterMs' in result.error && result.error.retryAfterMs;
};

describe('breaker: a refusal says when to come back', () => {
  test('half-open: when a probe ends at the latest, not another call that began before', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 2 });
    onTest.begin();
    await onTest.open();
    onTest.clock.advance(9_000);
    onTest.breaker.updateOptions({ coolDownMs: 9_000 });
    onTest.begin({ timeoutMs: 8_000 });
    onTest.clock.advance(500);
    onTest.begin({ timeoutMs: 7_000 });

    expect(await retryAfterMs(onTest)).toBe(7_000);
  });

  test('half-open: of the present probes, not of one from an earlier probing time', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 2, coolDownMs: 1_000 });
    await onTest.openAndCoolDown();
    onTest.begin();
    await onTest.fail();
    onTest.clock.advance(1_000);
    onTest.begin();
    onTest.begin();

    expect(await retryAfterMs(onTest)).toBe(10_000);
  });

  test('half-open: of the probes that still run', async () => {
    const onTest = new BreakerOnTest({ halfOpenMaxConcurrent: 2 });
    await onTest.openAndCoolDown();
    const short = onTest.begin({ timeoutMs: 1_000 });
    onTest.begin({ timeoutMs: 8_000 });
    await short.succeed();
    onTest.begin({ timeoutMs: 9_000 });

    expect(await retryAfterMs(onTest)).toBe(8_000);
  });

  test('full: when the first of the running calls ends at the latest, not one that has answered', async () => {
    const onTest = new BreakerOnTest({ maxConcurrent: 2 });
    const short = onTest.begin({ timeoutMs: 1_000 });
    onTest.begin({ timeoutMs: 8_000 });
    await short.succeed();
    onTest.begin({ timeoutMs: 9_000 });

    expect(await retryAfterMs(onTest)).toBe(8_000);
  });
});

test('breaker: a refusal at two limits waits for the running call, not only for the share of a second', async () => {
  const onTest = new BreakerOnTest({ maxConcurrent: 1, maxCallsPerSecond: 1 });
  onTest.begin({ timeoutMs: 8_000 });

  expect(await retryAfterMs(onTest)).toBe(8_000);
});

test.each([
  ['at its bulkhead', (running: number) => ({ maxConcurrent: running + 1 })],
  ['half-open', () => ({ failureThreshold: 1, halfOpenMaxConcurrent: 1 })],
])('breaker: %s, refusing takes as long with 100,000 calls running as with none', async (where, optionsFor) => {
  const timeOf = async (running: number): Promise<number> => {
    const onTest = new BreakerOnTest({ operationTimeoutMs: 60_000, ...optionsFor(running) });
    for (let call = 0; call < running; call += 1) void onTest.breaker.call(() => new Promise<string>(() => {}));
    if (where === 'half-open') await onTest.openAndCoolDown();
    onTest.begin();
    const rounds: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      const startMs = performance.now();
      for (let call = 0; call < 200; call += 1) await onTest.breaker.call(async () => 'never asked');
      rounds.push(performance.now() - startMs);
    }
    expect(onTest.breaker.snapshot().rejected).toBe(4_000);
    return Math.min(...rounds);
  };

  const [none, many] = [await timeOf(0), await timeOf(100_000)];

  expect(many).toBeLessThan(Math.max(1, none) * 10);
});
