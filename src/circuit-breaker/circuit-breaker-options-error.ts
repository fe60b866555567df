/** One option that cannot be used: its name, the value it has, and what was expected instead. */
export interface OptionProblem {
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

const shown = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'missing');

const describe = ({ field, value, expected }: OptionProblem): string =>
  `${field} is ${shown(value).slice(0, 80)}, expected ${expected}`;

/** Options that cannot be used. `problems` holds every one of them, the message names each field and value. */
export class CircuitBreakerOptionsError extends RangeError {
  override readonly name = 'CircuitBreakerOptionsError';
  readonly problems: readonly OptionProblem[];

  constructor(problems: readonly OptionProblem[]) {
    super(`Circuit breaker options: ${problems.map(describe).join('; ')}`);
    this.problems = problems;
  }
}
