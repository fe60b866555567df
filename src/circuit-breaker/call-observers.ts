/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/** Told of every call at its end. What it throws or rejects with reaches nobody. */
export type CallObserver = (outcome: CallOutcome, durationMs: number) => void;

const nobody: readonly CallObserver[] = [];

const ignore = (): void => {};

const tell = (observer: CallObserver, outcome: CallOutcome, durationMs: number): void => {
  try {
    const answer: unknown = observer(outcome, durationMs);
    if (answer instanceof Promise) answer.catch(ignore);
  } catch {
    // An observer's fault is its own: it must not reach the call that it watches.
  }
};

/** Those who want to know of every call, for histograms and the like. While there is one, every call is timed. */
export class CallObservers {
  #observers = nobody;

  get any(): boolean {
    return this.#observers !== nobody;
  }

  add(observer: CallObserver): () => void {
    const entry: CallObserver = (outcome, durationMs) => observer(outcome, durationMs);
    this.#observers = [...this.#observers, entry];
    return () => {
      const left = this.#observers.filter((other) => other !== entry);
      this.#observers = left.length === 0 ? nobody : left;
    };
  }

  tell(outcome: CallOutcome, durationMs: number): void {
    for (const observer of this.#observers) tell(observer, outcome, durationMs);
  }
}
