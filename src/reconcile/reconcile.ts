import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import type { DeliveryHistory } from './delivery-history.js';
import {
  addAttempts,
  type HookState,
  isDue,
  isGivenUp,
  longestBackMs,
  type MissedDelivery,
  overlapMs,
  stillMissed,
} from './missed-deliveries.js';
import type { ReconcileState, ReconcileStore } from './reconcile-store.js';

export interface ReconcilePorts {
  readonly histories: readonly DeliveryHistory[];
  readonly store: ReconcileStore;
  readonly storage: GuardedCall<unknown, ArchiveError>;
  /** Whether the delivery is archived, owed or quarantined here; `undefined` when that cannot be found out now. */
  readonly isKept: (provider: string, delivery: MissedDelivery) => Promise<boolean | undefined>;
  readonly clock: Clock;
  readonly log: Log;
}

export type MissedVerdict = 'asked' | 'would-ask' | 'kept' | 'waiting' | 'given-up' | 'refused';

/** One row of a run's table. */
export interface MissedReport {
  readonly hook: string;
  readonly deliveryId: string;
  readonly event: string;
  /** RFC 3339 UTC, of the first attempt. */
  readonly time: string;
  readonly asked: number;
  readonly verdict: MissedVerdict;
}

/** What a run has found and done. */
export interface ReconcileRun {
  /** `taken`: another instance does it. `unavailable`: the state could not be read or the sender not be asked; `reason` says why. */
  readonly outcome: 'done' | 'taken' | 'unavailable';
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

/** The lease lasts a minute. */
const runMs = 45_000;
/** Three thousand attempts a run and hook: the rest is read by the next one. */
const maxPages = 30;
/** One list of what succeeded would otherwise grow with the traffic. */
const maxRemembered = 20_000;

interface Reading {
  readonly state: HookState;
  readonly attemptsRead: number;
  readonly failure?: string;
}

/** Reads what is new in a hook's history, back to where the last reading ended. */
const readHistory = async (
  history: DeliveryHistory,
  known: HookState | undefined,
  { nowMs, signal }: { readonly nowMs: number; readonly signal: AbortSignal },
): Promise<Reading> => {
  const floorMs = Math.max((known?.readThroughMs ?? 0) - overlapMs, nowMs - longestBackMs);
  const succeeded = new Set(known?.unfinished?.succeeded);
  let missed: ReadonlyMap<string, MissedDelivery> = new Map(
    (known?.missed ?? []).map((each) => [each.deliveryId, each]),
  );
  let newestMs = known?.unfinished?.newestMs ?? 0;
  let next = known?.unfinished?.next;
  let attemptsRead = 0;
  const stateWith = (ended: boolean): HookState => ({
    readThroughMs: ended ? Math.max(newestMs, known?.readThroughMs ?? 0) : (known?.readThroughMs ?? 0),
    missed: stillMissed(missed, nowMs),
    ...(!ended &&
      next !== undefined && { unfinished: { next, newestMs, succeeded: [...succeeded].slice(-maxRemembered) } }),
  });
  for (let pages = 0; pages < maxPages && !signal.aborted; pages += 1) {
    const page = await history.list(next, signal);
    if (!page.ok) {
      // A cursor that the sender no longer takes would be refused for ever.
      if (page.reason === 'refused') next = undefined;
      return { state: stateWith(false), attemptsRead, failure: page.reason };
    }
    const { attempts } = page.value;
    const fresh = attempts.filter(({ atMs }) => atMs >= floorMs);
    attemptsRead += fresh.length;
    newestMs = Math.max(newestMs, ...fresh.map(({ atMs }) => atMs));
    missed = addAttempts(missed, fresh, succeeded);
    next = page.value.next;
    if (next === undefined || fresh.length < attempts.length) return { state: stateWith(true), attemptsRead };
  }
  return { state: stateWith(false), attemptsRead };
};

interface Asking {
  readonly history: DeliveryHistory;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
}

/** Asks for what is missed, oldest first, until the sender refuses or time is up. */
const askFor = async (
  { isKept, clock, log }: Pick<ReconcilePorts, 'isKept' | 'clock' | 'log'>,
  { history, dryRun, signal }: Asking,
  missed: readonly MissedDelivery[],
): Promise<{ readonly missed: readonly MissedDelivery[]; readonly rows: readonly MissedReport[] }> => {
  const { hook, provider } = history;
  const left: MissedDelivery[] = [];
  const rows: MissedReport[] = [];
  let refusal: string | undefined;

  const decide = async (delivery: MissedDelivery): Promise<readonly [MissedVerdict, MissedDelivery | undefined]> => {
    if (isGivenUp(delivery)) return ['given-up', delivery];
    if (!isDue(delivery, clock.epochMs()) || refusal !== undefined || signal.aborted) return ['waiting', delivery];
    const kept = await isKept(provider, delivery);
    if (kept === true) return ['kept', undefined];
    if (kept === undefined) return ['waiting', delivery];
    if (dryRun) return ['would-ask', delivery];
    const answer = await history.redeliver(delivery.attemptId, signal);
    const { deliveryId, event } = delivery;
    if (!answer.ok) {
      refusal = answer.reason;
      log.write('warn', 'reconcile.refused', { hook, delivery: deliveryId, reason: answer.reason });
      return ['refused', delivery];
    }
    const asked = delivery.asked + 1;
    log.write('info', 'reconcile.asked', { hook, delivery: deliveryId, type: event, attempt: asked });
    return ['asked', { ...delivery, asked, askedAtMs: clock.epochMs() }];
  };

  for (const delivery of missed) {
    const [verdict, rest] = await decide(delivery);
    if (rest !== undefined) left.push(rest);
    const { deliveryId, event, firstAtMs } = delivery;
    const asked = rest?.asked ?? delivery.asked;
    rows.push({ hook, deliveryId, event, time: new Date(firstAtMs).toISOString(), asked, verdict });
  }
  return { missed: left, rows };
};

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
    let failure: string | undefined;
    const deliveries: MissedReport[] = [];
    try {
      for (const history of histories) {
        const nowMs = clock.epochMs();
        const reading = await readHistory(history, held[history.hook], { nowMs, signal });
        attemptsRead += reading.attemptsRead;
        failure ??= reading.failure;
        const { missed, rows } = reading.state.unfinished
          ? { missed: reading.state.missed, rows: [] }
          : await askFor(ports, { history, dryRun, signal }, reading.state.missed);
        deliveries.push(...rows);
        state = { ...state, [history.hook]: { ...reading.state, missed } };
        // After each hook: what was asked for must be known to whoever comes next.
        if (!dryRun) await guarded((within) => store.save(leaseId, state, within));
      }
    } finally {
      cancel();
    }
    const time = new Date(clock.epochMs()).toISOString();
    const outcome = failure === undefined ? ('done' as const) : ('unavailable' as const);
    return { outcome, ...(failure !== undefined && { reason: failure }), time, attemptsRead, deliveries };
  };

  const tell = ({ outcome, reason, attemptsRead, deliveries }: ReconcileRun): void => {
    const count = (verdict: MissedVerdict): number => deliveries.filter((row) => row.verdict === verdict).length;
    const [missed, asked, givenUp] = [deliveries.length - count('kept'), count('asked'), count('given-up')];
    if (outcome !== 'done' || givenUp > 0)
      log.write('warn', 'reconcile.run', { outcome, reason, attemptsRead, missed, asked, givenUp });
    else if (missed > 0) log.write('info', 'reconcile.run', { outcome, reason, attemptsRead, missed, asked, givenUp });
  };

  const run = async ({ dryRun = false } = {}): Promise<ReconcileRun> => {
    const none = { time: new Date(clock.epochMs()).toISOString(), attemptsRead: 0, deliveries: [] };
    const lease = await guarded((signal) => store.acquire(signal));
    if (!lease.ok) return { outcome: 'unavailable', reason: lease.error.kind, ...none };
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
