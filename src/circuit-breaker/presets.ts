import type { Clock } from '../time/clock.js';
import { type CircuitBreakerOptions, CircuitBreakerOptionsError } from './circuit-breaker-options.js';
import type { FallbackListener } from './fallbacks.js';
import type { Classify } from './guarded-call.js';
import type { TransitionListener } from './listeners.js';

/** REQ-009: any dependency that has no numbers of its own. */
export const defaultBreakerOptions = {
  failureThreshold: 5,
  windowMs: 60_000,
  coolDownMs: 30_000,
  successThreshold: 3,
  operationTimeoutMs: 10_000,
  halfOpenMaxConcurrent: 5,
} as const satisfies CircuitBreakerOptions;

/** What an environment changes of every breaker: production keeps the requirement's numbers, the others forgive more. */
export const environmentBreakerOptions = {
  development: { failureThreshold: 10, coolDownMs: 5_000, successThreshold: 1 },
  staging: { coolDownMs: 15_000, successThreshold: 2 },
  production: {},
} as const satisfies Readonly<Record<string, Partial<CircuitBreakerOptions>>>;

/**
 * What a kind of dependency changes of the defaults. A cache answers in milliseconds and is soon done without; a database in seconds,
 * and should not be met by many probes; a remote procedure call fails in bursts while instances change; somebody else's API is slow
 * and away for longer.
 */
const dependencyBreakerOptions = {
  database: { coolDownMs: 20_000, successThreshold: 2, operationTimeoutMs: 5_000, halfOpenMaxConcurrent: 2 },
  cache: { failureThreshold: 10, windowMs: 10_000, coolDownMs: 5_000, successThreshold: 1, operationTimeoutMs: 500 },
  rpc: { coolDownMs: 10_000, successThreshold: 2, operationTimeoutMs: 3_000, failureRateThreshold: 0.5 },
  'external-api': { coolDownMs: 60_000, operationTimeoutMs: 15_000, halfOpenMaxConcurrent: 1 },
} as const satisfies Readonly<Record<string, Partial<CircuitBreakerOptions>>>;

/** Presets by name, for an environment and for a kind of dependency. */
export const breakerPresets: Readonly<Record<PresetName, Partial<CircuitBreakerOptions>>> = {
  ...environmentBreakerOptions,
  ...dependencyBreakerOptions,
};

export type PresetName = keyof typeof environmentBreakerOptions | keyof typeof dependencyBreakerOptions;

interface CommonParts {
  /** Numbers for an environment, a kind of dependency, or both: of two presets the later one wins. */
  readonly preset?: PresetName | readonly PresetName[];
  /** What differs from the preset, or else from `defaultBreakerOptions`. */
  readonly options?: Partial<CircuitBreakerOptions>;
  readonly clock?: Clock;
  readonly onTransition?: TransitionListener;
  readonly onFallback?: FallbackListener;
  /** From 0 to below 1, for `coolDownJitter`. */
  readonly random?: () => number;
}

/** What breakers that are made alike have in common. */
export type BreakerDefaults = CommonParts & { readonly classify?: Classify<unknown> };

/** What a breaker is made of: its name, and what differs from the defaults. Without a classifier, errors stay as they are thrown. */
export type CircuitBreakerParts<E> = CommonParts & { readonly name: string } & (unknown extends E
    ? { readonly classify?: Classify<E> }
    : { readonly classify: Classify<E> });

const presetNames = Object.keys(breakerPresets).join(', ');

const fieldsOf = (name: PresetName): Partial<CircuitBreakerOptions> => {
  if (Object.hasOwn(breakerPresets, name)) return breakerPresets[name];
  throw new CircuitBreakerOptionsError([{ field: 'preset', value: name, expected: `one of ${presetNames}` }]);
};

/** What the presets and the options of a breaker change of the defaults. Throws `CircuitBreakerOptionsError` for an unknown preset. */
export const changesOf = ({ preset = [], options }: BreakerDefaults): Partial<CircuitBreakerOptions> => {
  const names = typeof preset === 'string' ? [preset] : preset;
  return { ...Object.assign({}, ...names.map(fieldsOf)), ...options };
};
