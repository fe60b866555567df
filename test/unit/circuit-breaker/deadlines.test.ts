import { describe, expect, test } from 'vitest';
import { Deadlines } from '../../../src/circuit-breaker/running-call.js';
import { ManualClock } from '../../support/manual-clock.js';

interface Timed {
  readonly atMs: number;
  isOver: boolean;
}

/** A clock that notes which delays its timers were asked for and how many were cancelled. */
class NotingClock extends ManualClock {
  readonly delaysMs: number[] = [];
  cancelled = 0;

  override startTimer(delayMs: number, onElapsed: () => void): () => void {
    this.delaysMs.push(delayMs);
    const cancel = super.startTimer(delayMs, onElapsed);
    return () => {
      this.cancelled += 1;
      cancel();
    };
  }
}

/** Deadlines whose owner removes each call that expires, and how calls begin. */
class DeadlinesOnTest {
  readonly clock = new NotingClock();
  readonly expired: (readonly [number, Timed])[] = [];
  readonly deadlines: Deadlines<Timed>;

  constructor() {
    this.deadlines = new Deadlines<Timed>(this.clock, this);
  }

  remove(call: Timed): void {
    call.isOver = true;
    this.deadlines.remove(call);
  }

  expire(call: Timed): void {
    this.remove(call);
    this.expired.push([this.clock.monotonicMs(), call]);
  }

  begin(timeoutMs: number, nowMs = this.clock.monotonicMs()): Timed {
    const call = { atMs: nowMs + timeoutMs, isOver: false };
    this.deadlines.add(call, nowMs);
    return call;
  }

  get expiredAtMs(): readonly number[] {
    return this.expired.map(([atMs]) => atMs);
  }
}

describe('deadlines', () => {
  test('end calls in the order of their deadlines', () => {
    const onTest = new DeadlinesOnTest();
    const timeouts = [50, 10, 90, 70, 5];
    const calls = timeouts.map((timeoutMs) => onTest.begin(timeoutMs));

    onTest.clock.advance(100);

    expect(onTest.expired.map(([atMs, call]) => [atMs, calls.indexOf(call)])).toEqual([
      [5, 4],
      [10, 1],
      [50, 0],
      [70, 3],
      [90, 2],
    ]);
  });

  test('that pass at once end calls in the order of their deadlines, of equal ones the oldest call first', () => {
    const onTest = new DeadlinesOnTest();
    const timeouts = [50, 10, 90, 70];
    const calls = timeouts.map((timeoutMs) => onTest.begin(timeoutMs));
    onTest.clock.block(20);
    calls.push(onTest.begin(30), onTest.begin(50));

    onTest.clock.block(100);
    onTest.clock.advance(0);

    expect(onTest.expired.map(([, call]) => calls.indexOf(call))).toEqual([1, 0, 4, 3, 5, 2]);
  });

  test('that are equal end the oldest call first, wherever it has its place', () => {
    const onTest = new DeadlinesOnTest();
    const [ended, old] = [onTest.begin(10), onTest.begin(50)];
    onTest.clock.block(20);
    const young = onTest.begin(30);
    onTest.remove(ended);

    onTest.clock.advance(100);

    expect(young.atMs).toBe(old.atMs);
    expect(onTest.expired.map(([, call]) => call)).toEqual([old, young]);
  });

  test.each([
    [[0]],
    [[1]],
    [[2]],
    [[0, 1]],
    [[2, 1]],
    [[1, 0, 2]],
  ])('of calls %j that have ended never come, the others do', (removed) => {
    const onTest = new DeadlinesOnTest();
    const calls = [10, 20, 30].map((timeoutMs) => onTest.begin(timeoutMs));

    for (const call of removed.flatMap((index) => calls[index] ?? [])) onTest.remove(call);
    const { earliestMs } = onTest.deadlines;
    onTest.clock.advance(30);

    const left = [0, 1, 2].filter((index) => !removed.includes(index));
    expect(onTest.expired.map(([, call]) => calls.indexOf(call))).toEqual(left);
    expect(earliestMs).toBe([10, 20, 30].find((_at, index) => left.includes(index)) ?? Infinity);
    expect(onTest.deadlines.earliestMs).toBe(Infinity);
  });

  test('of a timely timer end what is due at once, in the exact millisecond', () => {
    const onTest = new DeadlinesOnTest();
    onTest.begin(50);

    onTest.clock.advance(49);
    const before = onTest.expired.length;
    onTest.clock.advance(1);

    expect([before, onTest.expiredAtMs]).toEqual([0, [50]]);
    expect(onTest.clock.delaysMs).toEqual([50]);
  });

  test.each([
    [1, 'in time, and ends what is due at once'],
    [2, 'late, and what is due ends with the second look'],
  ])('a timer that fires %i ms after its time is %s', (lateMs) => {
    const onTest = new DeadlinesOnTest();
    onTest.begin(50);
    onTest.clock.block(50 + lateMs);
    const turns: (() => void)[] = [];
    onTest.clock.startTimer = (delayMs, onElapsed) => {
      onTest.clock.delaysMs.push(delayMs);
      turns.push(onElapsed);
      return () => {};
    };

    onTest.clock.advance(0);
    const afterFirstLook = onTest.expired.length;
    turns.shift()?.();

    expect([afterFirstLook, onTest.expired.length, turns.length]).toEqual([lateMs === 1 ? 1 : 0, 1, 0]);
    expect(onTest.clock.delaysMs).toEqual(lateMs === 1 ? [50] : [50, 0]);
  });

  test('stay in order, whatever goes and whatever comes', () => {
    const onTest = new DeadlinesOnTest();
    const random = (() => {
      let state = 7;
      return () => (state = (state * 48_271) % 2_147_483_647);
    })();
    const running: Timed[] = [];
    for (let step = 0; step < 2_000; step += 1) {
      if (random() % 3 === 0 && running.length > 0) {
        for (const call of running.splice(random() % running.length, 1)) onTest.remove(call);
      } else running.push(onTest.begin(1 + (random() % 500)));
      expect(onTest.deadlines.earliestMs).toBe(Math.min(...running.map(({ atMs }) => atMs)));
    }

    onTest.clock.advance(500);

    expect(onTest.expiredAtMs).toEqual(running.map(({ atMs }) => atMs).toSorted((one, other) => one - other));
  });

  test('of a new call look at few of the others, however many run, and of one that is due last at one', () => {
    const { deadlines } = new DeadlinesOnTest();
    let looks = 0;
    const begin = (atMs: number): void => {
      const call = {
        get atMs() {
          looks += 1;
          return atMs;
        },
        isOver: false,
      };
      deadlines.add(call, 0);
    };

    for (let atMs = 10_000; atMs > 6_000; atMs -= 1) begin(atMs);
    const looksOfNearer = looks / 4_000;
    looks = 0;
    for (let call = 0; call < 1_000; call += 1) begin(10_000);

    expect(looksOfNearer).toBeLessThan(100);
    expect(looks).toBe(3_000);
  });

  test('a call that falls due between two looks gets a second look of its own', () => {
    const onTest = new DeadlinesOnTest();
    const [first, second] = [onTest.begin(50), onTest.begin(60)];
    const turns: (() => void)[] = [];
    onTest.clock.block(55);
    onTest.clock.startTimer = (_delayMs, onElapsed) => {
      turns.push(onElapsed);
      return () => {};
    };
    onTest.clock.advance(0);

    onTest.clock.block(20);
    turns.shift()?.();
    const afterSecondLook = onTest.expired.map(([, call]) => call);
    turns.shift()?.();

    expect(afterSecondLook).toEqual([first]);
    expect(onTest.expired.map(([, call]) => call)).toEqual([first, second]);
  });

  test('a nearer deadline brings the timer forward, a farther one leaves it', () => {
    const onTest = new DeadlinesOnTest();
    const { clock } = onTest;

    for (const timeoutMs of [50, 80, 50, 20]) onTest.begin(timeoutMs);

    expect(clock.delaysMs).toEqual([50, 20]);
    expect(clock.pendingTimers).toBe(1);
  });

  test('a timer that has elapsed is let go of, not cancelled when the next one starts', () => {
    const onTest = new DeadlinesOnTest();
    onTest.begin(50);
    onTest.clock.advance(100);

    onTest.begin(50);

    expect([onTest.clock.cancelled, onTest.clock.pendingTimers]).toEqual([0, 1]);
  });

  test('a call that begins while another is told of its end does not put off the next look', () => {
    const onTest = new DeadlinesOnTest();
    onTest.begin(10);
    onTest.begin(30);
    const expire = onTest.expire.bind(onTest);
    onTest.expire = (call) => {
      expire(call);
      if (onTest.expired.length === 1) onTest.begin(500);
    };

    onTest.clock.advance(600);

    expect(onTest.expiredAtMs).toEqual([10, 30, 510]);
  });

  test('the timer is asked for whole milliseconds, never too few', () => {
    const onTest = new DeadlinesOnTest();
    const { clock } = onTest;

    onTest.begin(50, 0.25);
    onTest.begin(0.5, 0.25);

    expect(clock.delaysMs).toEqual([50, 1]);
  });
});

describe('deadlines of calls that have ended', () => {
  /** Calls with deadlines of their own, in this order, and how often one of them was asked whether it is over. */
  const begin = (count: number) => {
    const { deadlines } = new DeadlinesOnTest();
    const asked = { times: 0 };
    const calls = Array.from({ length: count }, (_call, index) => {
      let isOver = false;
      const call = {
        atMs: 1_000 + index,
        get isOver() {
          asked.times += 1;
          return isOver;
        },
        end: () => {
          isOver = true;
          deadlines.remove(call);
        },
      };
      deadlines.add(call, 0);
      return call;
    });
    return { deadlines, asked, calls };
  };

  test('are let go of together, when they are 32 more than half of all', () => {
    const { deadlines, asked, calls } = begin(100);
    for (const call of calls.slice(0, 82)) call.end();
    const before = asked.times;
    calls[82]?.end();
    const whenLetGo = asked.times;

    expect(deadlines.earliestMs).toBe(1_083);
    expect([before, whenLetGo, asked.times]).toEqual([0, 100, 101]);
  });

  test('are let go of when all have ended, however few they are', () => {
    const { deadlines, asked, calls } = begin(2);
    for (const call of calls) call.end();
    const whenLetGo = asked.times;

    expect(deadlines.earliestMs).toBe(Infinity);
    expect([whenLetGo, asked.times]).toEqual([1, 1]);
  });

  test('are let go of at once where they are the last that are due', () => {
    const { deadlines, asked, calls } = begin(3);
    for (const call of calls.toReversed()) call.end();

    expect(deadlines.earliestMs).toBe(Infinity);
    expect(asked.times).toBe(0);
  });
});
