import { describe, expect, test } from 'vitest';
import { BreakerOnTest } from './breaker-on-test.js';

/** What another process would read: plain JSON. */
const sent = (saved: unknown): unknown => JSON.parse(JSON.stringify(saved));

const moved = (from: BreakerOnTest, to = new BreakerOnTest()): BreakerOnTest => {
  to.breaker.importState(sent(from.breaker.exportState()));
  return to;
};

describe('breaker: saved state', () => {
  test('an open breaker goes on with what is left of its cool-down, whatever the other clock says', async () => {
    const old = new BreakerOnTest();
    await old.open();
    old.clock.advance(12_345);
    const young = new BreakerOnTest();
    young.clock.advance(1_000_000);

    moved(old, young);

    expect(young.breaker.snapshot()).toMatchObject({
      state: 'Open',
      retryAfterMs: 17_655,
      consecutiveFailures: 5,
      nextRecoveryAttempt: '2026-01-01T00:16:57.655Z',
    });
    expect(young.steps).toEqual(['Closed → Open (imported)']);
    young.clock.advance(17_655);
    expect(young.begin().asked).toBe(true);
  });

  test('a cool-down that is over stays over', async () => {
    const old = new BreakerOnTest();
    await old.openAndCoolDown();
    old.clock.advance(5_000);

    const young = moved(old);

    expect(young.breaker.retryAfterMs).toBe(0);
  });

  test('the growth of the cool-down goes on', async () => {
    const options = { coolDownGrowth: 2 };
    const old = new BreakerOnTest(options);
    await old.openAndCoolDown();
    await old.fail();

    const young = moved(old, new BreakerOnTest(options));
    young.clock.advance(60_000);
    await young.fail();

    expect(young.breaker.retryAfterMs).toBe(120_000);
  });

  test('a closed breaker keeps its run of failures and how old each is', async () => {
    const old = new BreakerOnTest();
    await old.fail(2);
    old.clock.advance(59_000);
    await old.fail(2);

    const young = moved(old);
    const four = young.breaker.snapshot().consecutiveFailures;
    young.clock.advance(1_000);
    await young.fail(2);

    expect(four).toBe(4);
    expect(young.breaker.snapshot()).toMatchObject({ state: 'Closed', consecutiveFailures: 4 });
    await young.fail();
    expect(young.breaker.state).toBe('Open');
  });

  test('a failure that has left the window is not saved', async () => {
    const onTest = new BreakerOnTest();
    await onTest.fail();
    onTest.clock.advance(1);
    await onTest.fail();

    onTest.clock.advance(59_999);

    expect(onTest.breaker.exportState().failureAgesMs).toEqual([59_999]);
  });

  test('ages in any order are taken oldest first, and no more than the threshold needs', async () => {
    const young = new BreakerOnTest();
    const saved = { ...young.breaker.exportState(), failureAgesMs: [1, 50_000, 2, 59_999, 3, 4, 5] };

    young.breaker.importState(saved);
    const known = young.breaker.snapshot().consecutiveFailures;
    young.clock.advance(59_996);

    expect(known).toBe(5);
    expect(young.breaker.snapshot().consecutiveFailures).toBe(3);
  });

  test('a half-open breaker keeps its successes; its probes stay behind', async () => {
    const old = new BreakerOnTest({ halfOpenMaxConcurrent: 1 });
    await old.openAndCoolDown();
    await old.succeed(2);
    old.begin();

    const young = moved(old, new BreakerOnTest({ halfOpenMaxConcurrent: 1 }));
    const before = young.breaker.state;
    await young.succeed();

    expect(before).toBe('HalfOpen');
    expect(young.breaker.state).toBe('Closed');
  });

  test('an operator’s hold is kept', () => {
    const forced = new BreakerOnTest();
    forced.breaker.forceOpen();
    const disabled = new BreakerOnTest();
    disabled.breaker.disable();

    expect(moved(forced).breaker.snapshot().mode).toBe('forced-open');
    expect(moved(disabled).breaker.snapshot().mode).toBe('disabled');
  });

  test('taking one over detaches the running calls', async () => {
    const old = new BreakerOnTest();
    const young = new BreakerOnTest({ failureThreshold: 1 });
    const running = young.begin();

    moved(old, young);
    await running.fail();

    expect(young.breaker.snapshot()).toMatchObject({ state: 'Closed', stale: 1 });
  });

  test('says which version it is', () => {
    expect(new BreakerOnTest().breaker.exportState()).toEqual({
      version: 1,
      kind: 'Closed',
      remainingCoolDownMs: 0,
      openings: 0,
      consecutiveFailures: 0,
      successes: 0,
      failureAgesMs: [],
    });
  });

  test.each([
    ['version', '1', [undefined, 0, 2, '1']],
    ['kind', 'one of Closed, Open, HalfOpen, ForcedOpen, Disabled', [undefined, 'closed', 'toString', 1]],
    [
      'remainingCoolDownMs',
      'milliseconds from 0 to 2147483647',
      [undefined, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '1'],
    ],
    ['openings', 'a whole number from 0', [undefined, -1, 0.5, Number.NaN]],
    ['consecutiveFailures', 'a whole number from 0', [undefined, -1, 0.5]],
    ['successes', 'a whole number from 0', [undefined, -1, 0.5]],
    [
      'failureAgesMs',
      'a list of milliseconds from 0 to 2147483647',
      [undefined, 5, [-1], ['1'], [Number.NaN], [2 ** 31], { length: 1 }, [1, -1]],
    ],
  ])('is refused when its %s is not %s, and changes nothing', (field, expected, values) => {
    const onTest = new BreakerOnTest();
    const good = onTest.breaker.exportState();

    for (const value of values) {
      const act = () => onTest.breaker.importState({ ...good, kind: 'Open', [field]: value });

      expect(act).toThrow(new RangeError(`Saved circuit state: ${field} is not ${expected}`));
    }
    expect(onTest.breaker.state).toBe('Closed');
  });

  test.each([null, undefined, 5, 'state', []])('is an object, not %j', (saved) => {
    expect(() => new BreakerOnTest().breaker.importState(saved)).toThrow('state is not an object');
  });

  test('the longest cool-down that is taken can still be read', () => {
    const onTest = new BreakerOnTest();

    onTest.breaker.importState({ ...onTest.breaker.exportState(), kind: 'Open', remainingCoolDownMs: 2 ** 31 - 1 });

    expect(onTest.breaker.snapshot().nextRecoveryAttempt).toBe('2026-01-25T20:31:23.647Z');
  });
});
