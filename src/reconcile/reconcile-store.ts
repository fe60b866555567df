import type { HookState } from './missed-deliveries.js';

/** What is known of every hook, by the hook's name. */
export type ReconcileState = Readonly<Record<string, HookState>>;

/** The sole right to reconcile, for a minute at most. */
export interface ReconcileLease {
  readonly leaseId: string;
  readonly state: ReconcileState;
}

/** Where the state lies that survives restarts. All methods throw `ArchiveError` and nothing else. */
export interface ReconcileStore {
  /** `taken`: another instance is at it. An unreadable state is an empty one: three days are read again. */
  acquire(signal: AbortSignal): Promise<ReconcileLease | 'taken'>;
  save(leaseId: string, state: ReconcileState, signal: AbortSignal): Promise<void>;
  release(leaseId: string, signal: AbortSignal): Promise<void>;
}
