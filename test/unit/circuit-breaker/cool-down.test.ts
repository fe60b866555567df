import { describe, expect, test } from 'vitest';
import { BreakerOnTest } from './breaker-on-test.js';

/** The length of each cool-down when every probe fails. */
const coolDowns = async (onTest: BreakerOnTest, openings: number): Promise<readonly number[]> => {
  await onTest.open();
  const lengths = [onTest.breaker.retryAfterMs];
  while (lengths.length < openings) {
    onTest.clock.advance(onTest.breaker.retryAfterMs);
    await onTest.fail();
    lengths.push(onTest.breaker.retryAfterMs);
  }
  return lengths;
};

describe('breaker: the cool-down', () => {
  test('is the same every time unless it is told to grow', async () => {
    const onTest = new BreakerOnTest();

    expect(await coolDowns(onTest, 4)).toEqual([30_000, 30_000, 30_000, 30_000]);
  });

  test('grows with each re-opening up to its cap', async () => {
    const onTest = new BreakerOnTest({ coolDownGrowth: 2, maxCoolDownMs: 200_000 });

    expect(await coolDowns(onTest, 5)).toEqual([30_000, 60_000, 120_000, 200_000, 200_000]);
  });

  test('grows to a day when no cap is set', async () => {
    const onTest = new BreakerOnTest({ coolDownGrowth: 100 });

    expect(await coolDowns(onTest, 4)).toEqual([30_000, 3_000_000, 86_400_000, 86_400_000]);
  });

  test('of more than a day is not cut short by the cap that nobody set', async () => {
    const onTest = new BreakerOnTest({ coolDownMs: 100_000_000 });

    expect(await coolDowns(onTest, 2)).toEqual([100_000_000, 100_000_000]);
  });

  test('starts from the beginning once the breaker has closed', async () => {
    const onTest = new BreakerOnTest({ coolDownGrowth: 2, successThreshold: 1 });
    await coolDowns(onTest, 3);
    onTest.clock.advance(120_000);
    await onTest.succeed();

    await onTest.open();

    expect(onTest.breaker.retryAfterMs).toBe(30_000);
  });

  test('is shortened by up to the jitter’s share, never lengthened', async () => {
    const draws = [0, 0.5, 0.999];
    const onTest = new BreakerOnTest({ coolDownJitter: 0.2 }, { random: () => draws.shift() ?? 0 });

    expect(await coolDowns(onTest, 3)).toEqual([30_000, 27_000, 24_006]);
  });

  test('is jittered after its cap, so that capped instances spread too', async () => {
    const options = { coolDownGrowth: 10, maxCoolDownMs: 60_000, coolDownJitter: 0.5 };
    const onTest = new BreakerOnTest(options, { random: () => 0.5 });

    expect(await coolDowns(onTest, 2)).toEqual([22_500, 45_000]);
  });
});
