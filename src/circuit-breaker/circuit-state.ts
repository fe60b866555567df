import { longestTimerMs } from '../time/clock.js';
import { type CircuitBreakerOptions, isRecord } from './circuit-breaker-options.js';
import { createRateWindow, FailureRun, type RateWindow } from './trip-rules.js';

/** What people and health checks see of a breaker. */
export type CircuitState = 'Closed' | 'Open' | 'HalfOpen';

/** Whether calls may pass, all or a few. */
export const allowsRequests = (state: CircuitState): boolean => state !== 'Open';

/** Whether the dependency is known to fail, or not yet known to be back. */
export const isFailureState = (state: CircuitState): boolean => state !== 'Closed';

/** Who decides: the results of the calls, or an operator. */
export type CircuitMode = 'automatic' | 'forced-open' | 'disabled';

/** Calls pass and are judged. */
export interface Closed {
  readonly kind: 'Closed';
  /** Absent after a success, and before the first failure. */
  run: FailureRun | undefined;
  /** Present when a rule needs it. */
  window: RateWindow | undefined;
}

/** Calls are refused until `untilMs`; the first call after that is a probe. */
export interface Open {
  readonly kind: 'Open';
  /** Moves with a change of the cool-down. */
  untilMs: number;
  /** From 0 to below 1: which part of the jitter this cool-down has. */
  readonly draw: number;
  /** How often the breaker has opened without closing in between. */
  readonly openings: number;
  readonly consecutiveFailures: number;
}

/** A few probes at once pass; the first counted failure re-opens, enough successes close. */
export interface HalfOpen {
  readonly kind: 'HalfOpen';
  readonly openings: number;
  consecutiveFailures: number;
  successes: number;
}

/** An operator's word stands above results, until `reset` or `enable`. */
export interface Held {
  readonly kind: 'ForcedOpen' | 'Disabled';
}

/**
 * One stay in one state, with the data that only it needs. A call keeps the stay it began in: when it ends in another, its
 * result is stale and moves nothing. So each object is its own generation.
 */
export type Stay = Closed | Open | HalfOpen | Held;

/** The cap of a grown cool-down where the options set none: one day. */
const longestGrownMs = 86_400_000;

/**
 * How long the breaker stays open: `coolDownMs`, multiplied by the growth for each earlier opening since the last close,
 * capped, then shortened by the jitter's share of `draw`, which is from 0 to below 1.
 */
export const coolDownOf = (options: CircuitBreakerOptions, openings: number, draw: number): number => {
  const { coolDownMs, coolDownGrowth = 1, coolDownJitter = 0 } = options;
  const { maxCoolDownMs = Math.max(coolDownMs, longestGrownMs) } = options;
  const grownMs = Math.min(maxCoolDownMs, coolDownMs * coolDownGrowth ** (openings - 1));
  return Math.round(grownMs * (1 - coolDownJitter * draw));
};

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

const isDuration = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= longestTimerMs;

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
    remainingCoolDownMs: read('remainingCoolDownMs', isDuration, `milliseconds from 0 to ${longestTimerMs}`),
    openings: read('openings', isCount, count),
    consecutiveFailures: read('consecutiveFailures', isCount, count),
    successes: read('successes', isCount, count),
    failureAgesMs: read('failureAgesMs', isDurations, `a list of milliseconds from 0 to ${longestTimerMs}`),
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
  if (stay.kind === 'Closed') return { ...saved, failureAgesMs: stay.run?.agesMs(nowMs, windowMs) ?? [] };
  if (!('openings' in stay)) return saved;
  const { openings, consecutiveFailures } = stay;
  const carried = { ...saved, openings, consecutiveFailures };
  if (stay.kind === 'HalfOpen') return { ...carried, successes: stay.successes };
  return { ...carried, remainingCoolDownMs: Math.max(0, stay.untilMs - nowMs) };
};

/** The stay that was saved, beginning now: the cool-down goes on where it was, no probe runs. */
export const restoreStay = (saved: SavedCircuitState, nowMs: number, options: CircuitBreakerOptions): Stay => {
  const { kind, openings, consecutiveFailures, successes, remainingCoolDownMs, failureAgesMs } = saved;
  if (kind === 'Open') return { kind, untilMs: nowMs + remainingCoolDownMs, draw: 0, openings, consecutiveFailures };
  if (kind === 'HalfOpen') return { kind, openings, consecutiveFailures, successes };
  if (kind !== 'Closed') return { kind };
  const oldestFirst = failureAgesMs.toSorted((one, other) => other - one).slice(-options.failureThreshold);
  let run: FailureRun | undefined;
  for (const ageMs of oldestFirst) {
    run ??= new FailureRun();
    run.add(nowMs - ageMs, options.windowMs);
  }
  return { kind, run, window: createRateWindow(options) };
};
