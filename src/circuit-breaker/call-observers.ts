/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/** Told of every call at its end. What it throws or rejects with reaches nobody. */
export type CallObserver = (outcome: CallOutcome, durationMs: number) => void;

const ignore = (): void => {};

/** Those who want to know of every call, for histograms and the like. While there is one, every call is timed. */
export class CallObservers {
  readonly #observers = new Set<CallObserver>();

  get any(): boolean {
    return this.#observers.size > 0;
  }

  add(observer: CallObserver): () => void {
    const entry: CallObserver = (outcome, durationMs) => observer(outcome, durationMs);
    this.#observers.add(entry);
    return () => void this.#observers.delete(entry);
  }

  tell(outcome: CallOutcome, durationMs: number): void {
    for (const observer of this.#observers) {
      try {
        const answer: unknown = observer(outcome, durationMs);
        if (answer instanceof Promise) answer.catch(ignore);
      } catch {
        // An observer's fault is its own: it must not reach the call that it watches.
      }
    }
  }
}
