import { expect, test } from 'vitest';
import { BreakerOnTest } from './breaker-on-test.js';

test('breaker: a limit of calls per second lets so many through at once, then one for each share of a second', async () => {
  const onTest = new BreakerOnTest({ maxCallsPerSecond: 4 });
  await onTest.succeed(4);
  const refused = onTest.begin();
  onTest.clock.advance(249);
  const early = onTest.begin();
  onTest.clock.advance(1);
  const inTime = onTest.begin();

  expect([refused.asked, early.asked, inTime.asked]).toEqual([false, false, true]);
  expect(await refused.result).toMatchObject({ error: { kind: 'too-many-concurrent-requests', retryAfterMs: 250 } });
  expect(onTest.breaker.snapshot()).toMatchObject({ rejected: 2, failed: 0, state: 'Closed' });
});

test('breaker: after a pause the limit of calls per second is whole again, and no more than that', async () => {
  const onTest = new BreakerOnTest({ maxCallsPerSecond: 4 });
  await onTest.succeed(4);
  onTest.clock.advance(60_000);

  const calls = Array.from({ length: 6 }, () => onTest.begin().asked);

  expect(calls).toEqual([true, true, true, true, false, false]);
});

test('breaker: a changed limit of calls per second knows the calls before it', async () => {
  const onTest = new BreakerOnTest({ maxCallsPerSecond: 4 });
  await onTest.succeed(4);
  onTest.breaker.updateOptions({ maxCallsPerSecond: 2 });
  const refused = onTest.begin();
  onTest.clock.advance(500);

  expect([refused.asked, onTest.begin().asked, onTest.begin().asked]).toEqual([false, true, false]);
  expect(await refused.result).toMatchObject({ error: { retryAfterMs: 500 } });
});

test('breaker: a limit of calls per second that is set later begins whole', async () => {
  const onTest = new BreakerOnTest();
  await onTest.succeed(3);
  onTest.breaker.updateOptions({ maxCallsPerSecond: 2 });

  expect([1, 2, 3].map(() => onTest.begin().asked)).toEqual([true, true, false]);
});

test('breaker: a refused call takes nothing of the limit of calls per second', async () => {
  const onTest = new BreakerOnTest({ maxCallsPerSecond: 1 });
  onTest.breaker.forceOpen();
  await onTest.begin().result;
  onTest.breaker.enable();

  expect(onTest.begin().asked).toBe(true);
});

test('breaker: tells how long it took from its first opening until it was closed again', async () => {
  const onTest = new BreakerOnTest({ successThreshold: 1 });
  onTest.clock.advance(5_000);
  const before = onTest.breaker.snapshot().lastRecoveryMs;
  await onTest.openAndCoolDown();
  await onTest.fail();
  onTest.clock.advance(40_000);
  await onTest.succeed();

  expect([before, onTest.breaker.snapshot().lastRecoveryMs]).toEqual([null, 70_000]);
});

test('breaker: a reset is no recovery', async () => {
  const onTest = new BreakerOnTest();
  await onTest.open();
  onTest.breaker.reset();

  expect(onTest.breaker.snapshot().lastRecoveryMs).toBeNull();
});
