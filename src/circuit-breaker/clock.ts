/** Time as the breaker needs it; the one real implementation is made in `src/azure.ts`, tests pass a manual one. */
export interface Clock {
  /** Milliseconds that only grow; every duration and deadline is measured with it. */
  monotonicMs(): number;
  /** Milliseconds since 1970 UTC; only for what people read (`lastStateChange`, an envelope's `time`). */
  epochMs(): number;
  /** Calls back once after `delayMs`, never keeping the process alive. Answers how to cancel it. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}
