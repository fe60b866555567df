/** What a gate allows. Durations are milliseconds. */
export interface GateOptions {
  /** Most calls at once while it works; it gets there by doubling. */
  readonly maxConcurrent: number;
  /** After a failure: the time between the beginnings of two tries. */
  readonly spacingMs: number;
  /** After a failure: tries at once, for those that hang. */
  readonly triesAtOnce: number;
  /** Callers that wait for their turn; any further one is refused. */
  readonly maxWaiting: number;
  /** Longest time one try may take, whatever time its caller has: so that its end says something about the dependency. */
  readonly tryTimeoutMs: number;
  /** A try without an answer for so long, and nobody answered since it began, is taken for a failure. */
  readonly suspectAfterMs: number;
  /** After failing for so long waiting makes little sense. */
  readonly hopelessAfterMs: number;
  /** For so long a caller whose try has begun waits for it even then. */
  readonly patienceMs: number;
}

export const gateOptions: GateOptions = {
  maxConcurrent: 64,
  spacingMs: 500,
  triesAtOnce: 4,
  maxWaiting: 256,
  tryTimeoutMs: 5_000,
  suspectAfterMs: 2_500,
  hopelessAfterMs: 3_000,
  patienceMs: 1_000,
};
