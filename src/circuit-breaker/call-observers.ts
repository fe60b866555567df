/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/** Told of every call at its end. What it throws or rejects with reaches nobody. */
export type CallObserver = (outcome: CallOutcome, durationMs: number) => void;
