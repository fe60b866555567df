import { describe, expect, it } from 'vitest';
import { createSharedLook } from '../../../src/time/shared-look.js';
import { ManualClock } from '../../support/manual-clock.js';

const create = ({
  takesMs = 0,
  freshMs = 5_000,
  mostRestMs,
}: {
  readonly takesMs?: number;
  readonly freshMs?: number;
  readonly mostRestMs?: number;
} = {}) => {
  const clock = new ManualClock();
  let looks = 0;
  let changes = 0;
  let isGood = true;
  const ask = createSharedLook({
    look: async () => {
      looks += 1;
      clock.advance(takesMs);
      return { look: looks, isGood };
    },
    clock,
    freshMs,
    ...(mostRestMs !== undefined && { mostRestMs }),
    keeps: (answer) => answer.isGood,
    changes: () => changes,
  });
  return {
    clock,
    ask: async () => (await ask()).look,
    change: () => {
      changes += 1;
    },
    fail: (fails: boolean) => {
      isGood = !fails;
    },
  };
};

describe('a shared look', () => {
  it('is one for all who ask at the same time', async () => {
    const { ask } = create({ freshMs: 0 });

    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    expect(await ask()).toBe(2);
  });

  it('is good for a while, and then repeated', async () => {
    const { ask, clock } = create();
    await ask();

    clock.advance(4_999);
    expect(await ask()).toBe(1);
    clock.advance(1);
    expect(await ask()).toBe(2);
  });

  it('that is slow is repeated sooner where a shorter rest is asked for', async () => {
    const { ask, clock } = create({ takesMs: 400, freshMs: 1_000, mostRestMs: 1_500 });
    await ask();

    clock.advance(1_499);
    expect(await ask()).toBe(1);
    clock.advance(1);
    expect(await ask()).toBe(2);
  });

  it('is repeated after a second when this process has changed something', async () => {
    const { ask, clock, change } = create();
    await ask();
    change();

    clock.advance(999);
    expect(await ask()).toBe(1);
    clock.advance(1);
    expect(await ask()).toBe(2);
  });

  it('that took long rests twenty times as long, but no longer than ten seconds', async () => {
    const slow = create({ takesMs: 400 });
    const slowest = create({ takesMs: 4_000 });
    await slow.ask();
    await slowest.ask();

    slow.clock.advance(7_999);
    slowest.clock.advance(9_999);
    expect([await slow.ask(), await slowest.ask()]).toEqual([1, 1]);
    slow.clock.advance(1);
    slowest.clock.advance(1);
    expect([await slow.ask(), await slowest.ask()]).toEqual([2, 2]);
  });

  it('that failed is repeated at once', async () => {
    const { ask, fail } = create();
    fail(true);
    expect([await ask(), await ask()]).toEqual([1, 2]);
    fail(false);

    expect([await ask(), await ask()]).toEqual([3, 3]);
  });
});
