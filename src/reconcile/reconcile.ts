import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import { type AskingPorts, askAgain, type MissedReport, type MissedVerdict } from './ask-again.js';
import type { DeliveryHistory } from './delivery-history.js';
import type { MissedDelivery } from './missed-deliveries.js';
import { readHistory } from './read-history.js';
import type { ReconcileState, ReconcileStore } from './reconcile-store.js';

export interface ReconcilePorts extends AskingPorts {
  readonly histories: readonly DeliveryHistory[];
  readonly store: ReconcileStore;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  readonly clock: Clock;
}

/** What a run has found and done. */
export interface ReconcileRun {
  /** `taken`: another instance does it. `unavailable`: the state could not be read or a sender not be asked. */
  readonly outcome: 'done' | 'taken' | 'unavailable';
  /** Who could not be asked: `blob-storage`, or a provider and its hook. */
  readonly of?: string;
  /** Why not. */
  readonly reason?: string;
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly attemptsRead: number;
  readonly deliveries: readonly MissedReport[];
}

export interface Reconcile {
  /** One run, a minute at most. Never throws. `dryRun`: reads, and asks for nothing. */
  run(options?: { readonly dryRun?: boolean }): Promise<ReconcileRun>;
  /** The last run that did something; absent before the first. */
  readonly last: ReconcileRun | undefined;
}

/** The lease lasts a minute, and a call of GitLab's API up to 20 seconds. */
const runMs = 35_000;

/**
 * Finds deliveries whose every attempt failed at the sender and that are not kept here, and asks the sender for them again: at most
 * three times each and three days back, oldest first. One instance at a time; what it knows survives it.
 */
export const createReconcile = (ports: ReconcilePorts): Reconcile => {
  const { histories, store, storage, clock, log } = ports;
  let last: ReconcileRun | undefined;

  const guarded = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<CallResult<T, ArchiveError>> =>
    storage.call<T>(work);

  const work = async (held: ReconcileState, leaseId: string, dryRun: boolean): Promise<ReconcileRun> => {
    const controller = new AbortController();
    const { signal } = controller;
    const cancel = clock.startTimer(runMs, () => controller.abort());
    let state = held;
    let attemptsRead = 0;
    let failure: Pick<ReconcileRun, 'of' | 'reason'> | undefined;
    const deliveries: MissedReport[] = [];
    try {
      for (const history of histories) {
        const { hook, provider } = history;
        const reading = await readHistory(history, held[hook], { nowMs: clock.epochMs(), signal });
        attemptsRead += reading.attemptsRead;
        if (reading.failure !== undefined) failure ??= { of: `${provider} ${hook}`, reason: reading.failure };
        const remember = async (missed: readonly MissedDelivery[]): Promise<boolean> => {
          state = { ...state, [hook]: { ...reading.state, missed } };
          return (await guarded((within) => store.save(leaseId, state, within))).ok;
        };
        const asking = { history, dryRun, signal: reading.isUsable ? signal : AbortSignal.abort(), remember };
        const { missed, rows } = await askAgain(ports, asking, reading.state.missed);
        deliveries.push(...rows);
        // After each hook: what was asked for must be known to whoever comes next.
        if (!dryRun) await remember(missed);
      }
    } finally {
      cancel();
    }
    const time = new Date(clock.epochMs()).toISOString();
    const outcome = failure === undefined ? ('done' as const) : ('unavailable' as const);
    return { outcome, ...failure, time, attemptsRead, deliveries };
  };

  const tell = ({ outcome, of, reason, attemptsRead, deliveries }: ReconcileRun): void => {
    const count = (verdict: MissedVerdict): number => deliveries.filter((row) => row.verdict === verdict).length;
    const [missed, asked, givenUp] = [deliveries.length - count('kept'), count('asked'), count('given-up')];
    if (outcome !== 'done' || givenUp > 0)
      log.write('warn', 'reconcile.run', { outcome, of, reason, attemptsRead, missed, asked, givenUp });
    else if (missed > 0)
      log.write('info', 'reconcile.run', { outcome, of, reason, attemptsRead, missed, asked, givenUp });
  };

  const run = async ({ dryRun = false } = {}): Promise<ReconcileRun> => {
    const none = { time: new Date(clock.epochMs()).toISOString(), attemptsRead: 0, deliveries: [] };
    const lease = await guarded((signal) => store.acquire(signal));
    if (!lease.ok) return { outcome: 'unavailable', of: 'blob-storage', reason: lease.error.kind, ...none };
    if (lease.value === 'taken') return { outcome: 'taken', ...none };
    const { leaseId, state } = lease.value;
    const result = await work(state, leaseId, dryRun).finally(() =>
      guarded((signal) => store.release(leaseId, signal)),
    );
    if (!dryRun) tell(result);
    return result;
  };

  return {
    get last() {
      return last;
    },
    run: async (options) => {
      const result = await run(options);
      if (result.outcome !== 'taken' && options?.dryRun !== true) last = result;
      return result;
    },
  };
};
