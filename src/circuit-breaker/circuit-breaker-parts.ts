import type { Clock } from '../time/clock.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Classify } from './classify.js';
import type { FallbackListener } from './fallback.js';
import type { TransitionListener } from './transition.js';

interface CommonParts {
  readonly name: string;
  /** What differs from `defaultBreakerOptions`. */
  readonly options?: Partial<CircuitBreakerOptions>;
  readonly clock?: Clock;
  readonly onTransition?: TransitionListener;
  readonly onFallback?: FallbackListener;
  /** From 0 to below 1, for `coolDownJitter`. */
  readonly random?: () => number;
}

/** What a breaker is made of: its name, and what differs from the defaults. Without a classifier, errors stay as they are thrown. */
export type CircuitBreakerParts<E> = CommonParts &
  (unknown extends E ? { readonly classify?: Classify<E> } : { readonly classify: Classify<E> });
