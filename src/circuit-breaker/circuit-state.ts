import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { FailureRun, RateWindow } from './rate-window.js';

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
  probes: number;
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

/** How a stay looks from outside. */
export const visibleState = ({ kind }: Stay): CircuitState => {
  if (kind === 'ForcedOpen') return 'Open';
  return kind === 'Disabled' ? 'Closed' : kind;
};

/** Who decides during a stay. */
export const modeOf = ({ kind }: Stay): CircuitMode => {
  if (kind === 'ForcedOpen') return 'forced-open';
  return kind === 'Disabled' ? 'disabled' : 'automatic';
};

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
