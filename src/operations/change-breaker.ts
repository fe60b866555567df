import { readOptionsPatch } from '../circuit-breaker/check-options.js';
import { CircuitBreakerOptionsError, type OptionProblem } from '../circuit-breaker/circuit-breaker-options.js';
import { type BreakerConfiguration, configurationOf } from './breaker-configuration.js';
import type { OperatedBreaker } from './operated-breaker.js';

export type BreakerChange =
  | {
      readonly kind: 'changed';
      readonly configuration: BreakerConfiguration;
      /** What differs from before, as people read it: `coolDownMs: 30000 -> 5000`. */
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
