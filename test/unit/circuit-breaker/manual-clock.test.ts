import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../support/manual-clock.js';

describe('manual clock', () => {
  test('timers fire in the order of their due times, each at its own time', () => {
    const clock = new ManualClock();
    const fired: (readonly [string, number])[] = [];
    clock.startTimer(20, () => fired.push(['second', clock.monotonicMs()]));
    clock.startTimer(10, () => fired.push(['first', clock.monotonicMs()]));
    clock.startTimer(31, () => fired.push(['not yet', clock.monotonicMs()]));

    clock.advance(30);

    expect(fired).toEqual([
      ['first', 10],
      ['second', 20],
    ]);
    expect(clock.monotonicMs()).toBe(30);
    expect(clock.pendingTimers).toBe(1);
  });

  test('a timer started by a timer fires on the same advance when its time comes', () => {
    const clock = new ManualClock();
    const fired: number[] = [];
    clock.startTimer(10, () => clock.startTimer(5, () => fired.push(clock.monotonicMs())));

    clock.advance(15);

    expect(fired).toEqual([15]);
  });

  test('a cancelled timer never fires', () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const cancel = clock.startTimer(10, () => fired.push('cancelled'));

    cancel();
    clock.advance(10);

    expect(fired).toEqual([]);
  });

  test('after a blocked event loop a due timer fires late, at the time it is then', () => {
    const clock = new ManualClock('2026-02-01T00:00:00.000Z');
    const fired: number[] = [];
    clock.startTimer(10, () => fired.push(clock.monotonicMs()));

    clock.block(500);
    const firedWhileBlocked = fired.length;
    clock.advance(0);

    expect(firedWhileBlocked).toBe(0);
    expect(fired).toEqual([500]);
    expect(clock.epochMs()).toBe(Date.parse('2026-02-01T00:00:00.500Z'));
  });
});
