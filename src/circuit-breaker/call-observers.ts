/** How a call ended, or that it was refused. */
export type CallOutcome = 'success' | 'failure' | 'timeout' | 'ignored' | 'rejected';

/**
 * Told of every call at its end. `reason` is the classifier's word for a call that did not succeed, `timeout` for one that was cut.
 * What it throws or rejects with reaches nobody.
 */
export type CallObserver = (outcome: CallOutcome, durationMs: number, reason?: string) => void;
