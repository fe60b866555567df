/** `passed`: one try was let through to the dependency. `refused`: a caller went away without one. */
export type GateOutcome = 'passed' | 'refused';

/** One gate at one moment; `passed` and `refused` since the start. */
export interface GateSnapshot {
  readonly state: 'working' | 'one-at-a-time';
  /** Callers that wait for their turn now. */
  readonly waiting: number;
  readonly passed: number;
  readonly refused: number;
}

/** Every gate now, by the name of the breaker that it stands beside. */
export type AllGates = () => Readonly<Record<string, GateSnapshot>>;

/** Counts since the start, and tells somebody of each. */
export class GateCalls {
  readonly #counts = { passed: 0, refused: 0 };
  readonly #onCall: (outcome: GateOutcome) => void;

  constructor(onCall: (outcome: GateOutcome) => void = () => {}) {
    this.#onCall = onCall;
  }

  get counts(): Readonly<Record<GateOutcome, number>> {
    return { ...this.#counts };
  }

  count(outcome: GateOutcome): void {
    this.#counts[outcome] += 1;
    this.#onCall(outcome);
  }
}
