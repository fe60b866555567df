import type { Clock } from '../time/clock.js';
import { isRecord } from './check-options.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import { FailureRun } from './rate-window.js';
import { createRateWindow } from './trip-rules.js';

const kinds = ['Closed', 'Open', 'HalfOpen', 'ForcedOpen', 'Disabled'] as const;
type Kind = (typeof kinds)[number];

/** A breaker's state as plain JSON, free of any process's clock. Counters and rates are not part of it. */
export interface SavedCircuitState {
  readonly version: 1;
  readonly kind: Kind;
  /** What is left of the cool-down; 0 unless open. */
  readonly remainingCoolDownMs: number;
  readonly openings: number;
  readonly consecutiveFailures: number;
  /** Successful probes so far; 0 unless half-open. */
  readonly successes: number;
  /** How old each failure of the present run is, oldest first; empty unless closed. */
  readonly failureAgesMs: readonly number[];
}

const wrong = (field: string, expected: string): Error =>
  new RangeError(`Saved circuit state: ${field} is not ${expected}`);

const isKind = (value: unknown): value is Kind => kinds.some((kind) => kind === value);

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;

/** As long as a timer can be: about 24.8 days. */
const longestMs = 2 ** 31 - 1;

const isDuration = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= longestMs;

const isDurations = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isDuration);

/** Checks what claims to be a saved state. Throws a `RangeError` naming the first field that is wrong. */
export const readSavedState = (input: unknown): SavedCircuitState => {
  if (!isRecord(input)) throw wrong('state', 'an object');
  const read = <V>(field: string, fits: (value: unknown) => value is V, expected: string): V => {
    const value = input[field];
    if (fits(value)) return value;
    throw wrong(field, expected);
  };
  const count = 'a whole number from 0';
  return {
    version: read('version', (value): value is 1 => value === 1, '1'),
    kind: read('kind', isKind, `one of ${kinds.join(', ')}`),
    remainingCoolDownMs: read('remainingCoolDownMs', isDuration, `milliseconds from 0 to ${longestMs}`),
    openings: read('openings', isCount, count),
    consecutiveFailures: read('consecutiveFailures', isCount, count),
    successes: read('successes', isCount, count),
    failureAgesMs: read('failureAgesMs', isDurations, `a list of milliseconds from 0 to ${longestMs}`),
  };
};

/** The state of a new breaker, except for its kind. */
export const blankState = {
  version: 1,
  remainingCoolDownMs: 0,
  openings: 0,
  consecutiveFailures: 0,
  successes: 0,
  failureAgesMs: [],
} as const;

/** What is worth keeping of a stay. */
export const saveStay = (stay: Stay, nowMs: number, { windowMs }: CircuitBreakerOptions): SavedCircuitState => {
  const saved = { ...blankState, kind: stay.kind };
  switch (stay.kind) {
    case 'Closed':
      return { ...saved, failureAgesMs: stay.run?.agesMs(nowMs, windowMs) ?? [] };
    case 'Open': {
      const { openings, consecutiveFailures, untilMs } = stay;
      return { ...saved, openings, consecutiveFailures, remainingCoolDownMs: Math.max(0, untilMs - nowMs) };
    }
    case 'HalfOpen': {
      const { openings, consecutiveFailures, successes } = stay;
      return { ...saved, openings, consecutiveFailures, successes };
    }
    case 'ForcedOpen':
    case 'Disabled':
      return saved;
  }
};

/** The stay that was saved, beginning now: the cool-down goes on where it was, no probe runs. */
export const restoreStay = (saved: SavedCircuitState, clock: Clock, options: CircuitBreakerOptions): Stay => {
  const { kind, openings, consecutiveFailures, successes, remainingCoolDownMs } = saved;
  const nowMs = clock.monotonicMs();
  switch (kind) {
    case 'Closed': {
      const oldestFirst = saved.failureAgesMs.toSorted((one, other) => other - one).slice(-options.failureThreshold);
      let run: FailureRun | undefined;
      for (const ageMs of oldestFirst) {
        run ??= new FailureRun();
        run.add(nowMs - ageMs, options.windowMs);
      }
      return { kind, run, window: createRateWindow(options) };
    }
    case 'Open':
      return { kind, untilMs: nowMs + remainingCoolDownMs, draw: 0, openings, consecutiveFailures };
    case 'HalfOpen':
      return { kind, openings, consecutiveFailures, successes, probes: 0 };
    case 'ForcedOpen':
    case 'Disabled':
      return { kind };
  }
};
