import { describe, expect, test } from 'vitest';
import { type Deadline, Deadlines } from '../../../src/circuit-breaker/deadlines.js';
import { ManualClock } from '../../support/manual-clock.js';

/** Counts how often it is asked whether it has ended. */
class Timed {
  deadline: Deadline<Timed> | undefined;
  asked = 0;
  readonly #hasEnded: () => boolean;

  constructor(hasEnded: () => boolean = () => false) {
    this.#hasEnded = hasEnded;
  }

  get ended(): boolean {
    this.asked += 1;
    return this.#hasEnded();
  }
}

const setUp = (usualTimeoutMs = 100) => {
  const clock = new ManualClock();
  const expired: (readonly [number, Timed])[] = [];
  const owner = { expire: (call: Timed) => void expired.push([clock.monotonicMs(), call]) };
  return { clock, expired, deadlines: new Deadlines<Timed>(clock, owner, usualTimeoutMs) };
};

describe('deadlines', () => {
  test('end calls in the order of their deadlines, equal ones in the order they were added', () => {
    const { clock, expired, deadlines } = setUp();
    const timeouts = [50, 10, 90, 50, 10, 70, 5];
    const calls = timeouts.map(() => new Timed());

    calls.forEach((call, index) => {
      deadlines.add(call, 0, timeouts[index] ?? 0);
    });
    clock.advance(100);

    expect(expired.map(([atMs, call]) => [atMs, calls.indexOf(call)])).toEqual([
      [5, 6],
      [10, 1],
      [10, 4],
      [50, 0],
      [50, 3],
      [70, 5],
      [90, 2],
    ]);
  });

  test.each([
    [[0]],
    [[1]],
    [[2]],
    [[0, 1]],
    [[2, 1]],
    [[1, 0, 2]],
  ])('of calls %j that have ended never come, the others do', (removed) => {
    const { clock, expired, deadlines } = setUp();
    const calls = [10, 20, 30].map((timeoutMs) => {
      const call = new Timed();
      deadlines.add(call, 0, timeoutMs);
      return call;
    });

    for (const index of removed) {
      const call = calls[index];
      if (call !== undefined) deadlines.remove(call);
    }
    const earliestMs = deadlines.earliestMs;
    clock.advance(30);

    const left = [0, 1, 2].filter((index) => !removed.includes(index));
    expect(expired.map(([, call]) => calls.indexOf(call))).toEqual(left);
    expect(earliestMs).toBe([10, 20, 30].find((_at, index) => left.includes(index)));
    expect(deadlines.earliestMs).toBeUndefined();
  });

  test('removing a call twice removes no other', () => {
    const { clock, expired, deadlines } = setUp();
    const [first, second, third] = [new Timed(), new Timed(), new Timed()];
    deadlines.add(first, 0, 10);
    deadlines.add(third, 0, 30);

    deadlines.remove(first);
    deadlines.add(second, 0, 10);
    deadlines.remove(first);
    clock.advance(30);

    expect(expired.map(([, call]) => call)).toEqual([second, third]);
  });

  test('a call without a time that ends before the next begins is forgotten at once', () => {
    const { clock, deadlines } = setUp();
    const calls = Array.from({ length: 10 }, () => new Timed(() => true));

    for (const call of calls) {
      deadlines.addUndated(call);
      deadlines.remove(call);
    }
    clock.advance(0);

    expect(calls.map(({ asked }) => asked)).toEqual(new Array(10).fill(0));
  });

  test('a call without a time that ends later is passed over when the others are given theirs', () => {
    const { clock, expired, deadlines } = setUp();
    const [ended, running] = [new Timed(() => true), new Timed()];
    deadlines.addUndated(ended);
    deadlines.addUndated(running);

    deadlines.remove(ended);
    clock.advance(99);
    const before = expired.length;
    clock.advance(1);

    expect(before).toBe(0);
    expect(expired.map(([, call]) => call)).toEqual([running]);
    expect(ended.asked).toBe(1);
  });

  test('calls without a time are given theirs once in each turn of the event loop', () => {
    const { clock, expired, deadlines } = setUp();

    deadlines.addUndated(new Timed());
    clock.advance(10);
    deadlines.addUndated(new Timed());
    clock.advance(200);

    expect(expired.map(([atMs]) => atMs)).toEqual([100, 110]);
  });

  test('a nearer deadline brings the timer forward, a farther one leaves it', () => {
    const { clock, deadlines } = setUp();
    const delays: number[] = [];
    const startTimer = clock.startTimer.bind(clock);
    clock.startTimer = (delayMs, onElapsed) => {
      delays.push(delayMs);
      return startTimer(delayMs, onElapsed);
    };

    deadlines.add(new Timed(), 0, 50);
    deadlines.add(new Timed(), 0, 80);
    deadlines.add(new Timed(), 0, 50);
    deadlines.add(new Timed(), 0, 20);

    expect(delays).toEqual([50, 20]);
    expect(clock.pendingTimers).toBe(1);
  });

  test('the timer is asked for whole milliseconds, never too few', () => {
    const { clock, deadlines } = setUp();
    const delays: number[] = [];
    clock.startTimer = (delayMs) => {
      delays.push(delayMs);
      return () => {};
    };

    deadlines.add(new Timed(), 0.25, 50);
    deadlines.add(new Timed(), 0.25, 0.5);

    expect(delays).toEqual([50, 1]);
  });
});
