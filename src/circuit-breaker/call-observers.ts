/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/** Told of every call at its end. What it throws or rejects with reaches nobody. */
export type CallObserver = (outcome: CallOutcome, durationMs: number) => void;

const ignore = (): void => {};

const tell = (observer: CallObserver, outcome: CallOutcome, durationMs: number): void => {
  let answer: unknown;
  try {
    answer = observer(outcome, durationMs);
  } catch {
    // An observer's fault is its own: it must not reach the call that it watches.
  }
  if (answer instanceof Promise) answer.catch(ignore);
};

/** Those who want to know of every call, for histograms and the like. While there is one, every call is timed. */
export class CallObservers {
  #observers: readonly CallObserver[] = [];

  get any(): boolean {
    return this.#observers.length > 0;
  }

  add(observer: CallObserver): () => void {
    const entry: CallObserver = (outcome, durationMs) => observer(outcome, durationMs);
    this.#observers = [...this.#observers, entry];
    return () => {
      this.#observers = this.#observers.filter((other) => other !== entry);
    };
  }

  tell(outcome: CallOutcome, durationMs: number): void {
    for (const observer of this.#observers) tell(observer, outcome, durationMs);
  }
}
