import { describe, expect, it } from 'vitest';
import { BreakerOnTest } from './breaker-on-test.js';

const fairTimeoutMs = 4_000;

/** Calls with this deadline, one after the other, each to its end without an answer. */
const miss = async (test: BreakerOnTest, timeoutMs: number, times: number): Promise<void> => {
  for (let call = 0; call < times; call += 1) {
    const { result } = test.begin({ timeoutMs });
    test.clock.advance(timeoutMs + 1);
    await result;
  }
};

describe('breaker: a caller’s deadline below what is fair', () => {
  it('blames nobody when its time is up: nothing failed, and its caller learns that time was up', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    const { result } = test.begin({ timeoutMs: 3_999 });
    test.clock.advance(4_000);

    expect(await result).toMatchObject({ ok: false, error: { kind: 'timeout', timeoutMs: 3_999 } });
    expect(test.breaker.snapshot()).toMatchObject({ failed: 0, timedOut: 0, ignored: 1, consecutiveFailures: 0 });
  });

  it('at what is fair the end of the deadline is a failure, and five of them open', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });

    await miss(test, fairTimeoutMs, 5);

    expect(test.steps).toEqual(['Closed → Open (failure-threshold)']);
  });

  it('the breaker’s own operation timeout is always fair', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs, operationTimeoutMs: 1_000 });

    await miss(test, 1_000, 5);

    expect(test.breaker.state).toBe('Open');
  });

  it('unset, every timeout is a failure', async () => {
    const test = new BreakerOnTest();

    await miss(test, 1, 5);

    expect(test.breaker.state).toBe('Open');
  });

  it('what fails within it is a failure', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });

    for (let call = 0; call < 5; call += 1) await test.begin({ timeoutMs: 10 }).fail();

    expect(test.breaker.state).toBe('Open');
  });

  it('what succeeds within it ends the run of failures, and counts as a probe', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await test.openAndCoolDown();

    for (let call = 0; call < 3; call += 1) await test.begin({ timeoutMs: 10 }).succeed();

    expect(test.breaker.state).toBe('Closed');
  });

  it('half-open, the end of its time frees its slot and re-opens nothing', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs, halfOpenMaxConcurrent: 1 });
    await test.openAndCoolDown();

    await miss(test, 100, 1);

    expect(test.breaker.state).toBe('HalfOpen');
    expect(test.begin().asked).toBe(true);
  });

  it('half-open, it makes room for a call with more time, and its caller is told at once', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs, halfOpenMaxConcurrent: 2 });
    await test.openAndCoolDown();
    const impatient = test.begin({ timeoutMs: 100 });
    const first = test.begin();

    const second = test.begin();

    expect([first.asked, second.asked]).toEqual([true, true]);
    expect(await impatient.result).toMatchObject({
      ok: false,
      error: { kind: 'too-many-concurrent-requests', breaker: 'warehouse', retryAfterMs: 1 },
    });
    expect(impatient.signal?.reason).toEqual(new DOMException('A call with more time needs its place', 'AbortError'));
    expect(test.breaker.snapshot()).toMatchObject({ running: 2, state: 'HalfOpen', ignored: 1 });
  });

  it('half-open, it makes no room for another as short as itself, nor a fair one for anybody', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs, halfOpenMaxConcurrent: 1 });
    await test.openAndCoolDown();
    const impatient = test.begin({ timeoutMs: 100 });

    expect(test.begin({ timeoutMs: 100 }).asked).toBe(false);
    await impatient.succeed();
    const fair = test.begin();
    expect(test.begin().asked).toBe(false);
    await fair.succeed();
  });
});

describe('breaker: as many missed short deadlines in a row as would have opened it', () => {
  it('cut off calls with as little time for one cool-down, and no others', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 5);

    const asShort = test.begin({ timeoutMs: 1_000 });
    const longer = test.begin({ timeoutMs: 1_001 });

    expect(asShort.asked).toBe(false);
    expect(await asShort.result).toMatchObject({ ok: false, error: { kind: 'circuit-open', retryAfterMs: 29_999 } });
    expect(test.breaker.snapshot().rejected).toBe(1);
    expect(longer.asked).toBe(true);
    expect(test.breaker.state).toBe('Closed');
  });

  it('say nothing about calls that have more time than the shortest of them had', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 4);
    await miss(test, 50, 1);

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(true);
    expect(test.begin({ timeoutMs: 50 }).asked).toBe(false);
  });

  it('are judged by the latest of them', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 50, 1);
    await miss(test, 1_000, 5);

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(false);
  });

  it.each([
    [89_999, 'still', false],
    [90_000, 'no longer', true],
  ])('%d ms apart, the window and a cool-down, are %s in a row', async (apartMs, _how, asked) => {
    const test = new BreakerOnTest({ fairTimeoutMs, failureThreshold: 2 });
    await miss(test, 1_000, 1);
    test.clock.advance(apartMs - 1_001);
    await miss(test, 1_000, 1);

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(asked);
  });

  it('after the cool-down one more is enough', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 5);
    test.clock.advance(30_000);
    await miss(test, 1_000, 1);

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(false);
  });

  it('are not forgotten with an answer that came too late for its caller', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    const late = test.begin({ timeoutMs: 1_000 });
    await miss(test, 1_000, 5);
    await late.succeed();

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(false);
  });

  it('are forgotten with the first answer to anybody', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 5);

    await test.begin().succeed();

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(true);
  });

  it('are forgotten with a reset', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 5);

    test.breaker.reset();

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(true);
  });

  it('cut nothing off while the breaker is disabled', async () => {
    const test = new BreakerOnTest({ fairTimeoutMs });
    await miss(test, 1_000, 5);

    test.breaker.disable();

    expect(test.begin({ timeoutMs: 1_000 }).asked).toBe(true);
  });
});
