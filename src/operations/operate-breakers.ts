import { readOptionsPatch } from '../circuit-breaker/check-options.js';
import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import {
  type CircuitBreakerOptions,
  CircuitBreakerOptionsError,
  type OptionProblem,
} from '../circuit-breaker/circuit-breaker-options.js';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';

/** What operators see of one breaker, and can do to it. */
export type OperatedBreaker = Pick<ManagedBreaker, 'name' | 'options' | 'snapshot' | 'reset' | 'updateOptions'>;

/** Every breaker that exists at this moment. */
export type AllBreakers = () => readonly OperatedBreaker[];

/** Every option of a breaker; `null` for a feature that is off. Sent back as a change, it changes nothing. */
type BreakerConfiguration = { readonly [Field in keyof CircuitBreakerOptions]-?: number | null };

const allOff: BreakerConfiguration = {
  failureThreshold: null,
  windowMs: null,
  coolDownMs: null,
  successThreshold: null,
  operationTimeoutMs: null,
  halfOpenMaxConcurrent: null,
  fairTimeoutMs: null,
  failureCountThreshold: null,
  failureRateThreshold: null,
  failureRateFactor: null,
  slowCallRateThreshold: null,
  slowCallDurationMs: null,
  volumeThreshold: null,
  minimumCalls: null,
  rateWindowCalls: null,
  coolDownGrowth: null,
  maxCoolDownMs: null,
  coolDownJitter: null,
  maxConcurrent: null,
  maxCallsPerSecond: null,
  maxWaiting: null,
  maxFallbacks: null,
};

export const configurationOf = (options: CircuitBreakerOptions): BreakerConfiguration => ({ ...allOff, ...options });

export type BreakerChange =
  | {
      readonly kind: 'changed';
      readonly configuration: BreakerConfiguration;
      /** What has changed, for people to read: `coolDownMs: 30000 -> 5000`. */
      readonly changes: readonly string[];
    }
  | { readonly kind: 'invalid'; readonly problems: readonly OptionProblem[] };

const differences = (before: BreakerConfiguration, after: BreakerConfiguration): readonly string[] => {
  const previous = new Map(Object.entries(before));
  return Object.entries(after)
    .filter(([field, value]) => previous.get(field) !== value)
    .map(([field, value]) => `${field}: ${previous.get(field) ?? 'off'} -> ${value ?? 'off'}`);
};

/**
 * Applies a change of options to a running breaker, whatever `input` claims to be: all of it or, with one problem anywhere,
 * nothing. Running calls keep their deadline.
 */
export const changeBreaker = (breaker: OperatedBreaker, input: unknown): BreakerChange => {
  const before = configurationOf(breaker.options);
  try {
    const configuration = configurationOf(breaker.updateOptions(readOptionsPatch(input)));
    return { kind: 'changed', configuration, changes: differences(before, configuration) };
  } catch (thrown) {
    if (thrown instanceof CircuitBreakerOptionsError) return { kind: 'invalid', problems: thrown.problems };
    throw thrown;
  }
};

export interface BreakerReport extends CircuitBreakerSnapshot {
  readonly configuration: BreakerConfiguration;
}

/** State, metrics and configuration of each breaker, by name. Reading changes nothing. */
export const reportBreakers = (breakers: readonly OperatedBreaker[]): Readonly<Record<string, BreakerReport>> =>
  Object.fromEntries(
    breakers.map((breaker) => [
      breaker.name,
      { ...breaker.snapshot(), configuration: configurationOf(breaker.options) },
    ]),
  );
