import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DelayLine } from '../../../../local/faults/delay-line.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test('delay line: what came first goes first, though the delay has become shorter', () => {
  const line = new DelayLine();
  const delivered: string[] = [];

  line.push(100, () => delivered.push('first'));
  line.push(0, () => delivered.push('second'));
  line.push(10, () => delivered.push('third'));
  vi.advanceTimersByTime(99);
  const early = [...delivered];
  vi.advanceTimersByTime(1);

  expect({ early, delivered }).toEqual({ early: [], delivered: ['first', 'second', 'third'] });
  expect(vi.getTimerCount()).toBe(0);
});

test('delay line: without a delay, and with nothing waiting, things go at once', () => {
  const delivered: string[] = [];

  new DelayLine().push(0, () => delivered.push('now'));

  expect(delivered).toEqual(['now']);
});

test('delay line: cleared, it delivers nothing and leaves no timer', () => {
  const line = new DelayLine();
  const delivered: string[] = [];
  line.push(100, () => delivered.push('lost'));

  line.clear();
  const timers = vi.getTimerCount();
  line.push(200, () => delivered.push('later'));
  vi.advanceTimersByTime(200);

  expect({ timers, delivered }).toEqual({ timers: 0, delivered: ['later'] });
});
