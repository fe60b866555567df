import type { Clock } from '../time/clock.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { CircuitBreakerOptionsError } from './circuit-breaker-options-error.js';
import type { Classify } from './classify.js';
import type { FallbackListener } from './fallback.js';
import { breakerPresets, type PresetName } from './presets.js';
import type { TransitionListener } from './transition.js';

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
