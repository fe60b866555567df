import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import type { DeliveryHistory } from './delivery-history.js';
import type { IsKept } from './kept-deliveries.js';
import { isDue, isGivenUp, type MissedDelivery } from './missed-deliveries.js';

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

export interface AskingPorts {
  /** What tells, for the time of one run, which deliveries are archived, owed or quarantined here. */
  readonly keptDeliveries: (signal: AbortSignal) => IsKept;
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly log: Log;
}

export interface Asking {
  readonly history: DeliveryHistory;
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  /** Records what is missed, and how often each was requested; returns whether it was written. */
  readonly remember: (missed: readonly MissedDelivery[]) => Promise<boolean>;
}

export interface Asked {
  readonly missed: readonly MissedDelivery[];
  readonly rows: readonly MissedReport[];
}

/** How many are looked for in the archive at once. */
const lookedForTogether = 20;

/** How many, at least, are recorded at once before they are requested. */
const rememberedTogether = 20;

/**
 * Requests what is missed, oldest first, until the sender refuses or time is up. Each request is recorded before it is made: an
 * instance that is killed in between may count one too many, and nothing is requested a fourth time.
 */
export const askAgain = async (
  { keptDeliveries, clock, log }: AskingPorts,
  { history, dryRun, signal, remember }: Asking,
  missed: readonly MissedDelivery[],
): Promise<Asked> => {
  const { hook, provider } = history;
  const isKept = keptDeliveries(signal);
  const left = new Map(missed.map((each) => [each.deliveryId, each]));
  const verdicts = new Map<string, MissedVerdict>();
  let hasStopped = false;

  const judge = async (delivery: MissedDelivery): Promise<MissedVerdict | 'due'> => {
    if (isGivenUp(delivery)) return 'given-up';
    if (hasStopped || signal.aborted || !isDue(delivery, clock.epochMs())) return 'waiting';
    const kept = await isKept(provider, delivery);
    if (kept === true) return 'kept';
    if (kept === undefined) return 'waiting';
    return dryRun ? 'would-ask' : 'due';
  };

  const ask = async (before: MissedDelivery): Promise<MissedVerdict> => {
    const { deliveryId, attemptId, event, asked } = before;
    const answer = await history.redeliver(attemptId, signal);
    if (answer.ok) {
      log.write('info', 'reconcile.asked', { hook, delivery: deliveryId, type: event, attempt: asked + 1 });
      return 'asked';
    }
    log.write('warn', 'reconcile.refused', { hook, delivery: deliveryId, reason: answer.reason });
    // What the sender does not know is in nobody's way.
    hasStopped = answer.meaning !== 'unknown';
    if (answer.meaning === 'not-now') left.set(deliveryId, before);
    return 'refused';
  };

  const askTogether = async (due: readonly MissedDelivery[]): Promise<void> => {
    if (due.length === 0) return;
    const askedAtMs = clock.epochMs();
    for (const each of due) left.set(each.deliveryId, { ...each, asked: each.asked + 1, askedAtMs });
    hasStopped ||= !(await remember([...left.values()]));
    for (const each of due) {
      const isLate = hasStopped || signal.aborted;
      if (isLate) left.set(each.deliveryId, each);
      verdicts.set(each.deliveryId, isLate ? 'waiting' : await ask(each));
    }
  };

  let due: MissedDelivery[] = [];
  for (let from = 0; from < missed.length; from += lookedForTogether) {
    const some = missed.slice(from, from + lookedForTogether);
    const judged = await Promise.all(some.map(async (delivery) => ({ delivery, verdict: await judge(delivery) })));
    for (const { delivery, verdict } of judged) {
      if (verdict === 'kept') left.delete(delivery.deliveryId);
      if (verdict === 'due') due.push(delivery);
      else verdicts.set(delivery.deliveryId, verdict);
    }
    if (due.length < rememberedTogether) continue;
    await askTogether(due);
    due = [];
  }
  await askTogether(due);

  const rows = missed.map(({ deliveryId, event, firstAtMs, asked }): MissedReport => {
    const time = new Date(firstAtMs).toISOString();
    const verdict = verdicts.get(deliveryId) ?? 'waiting';
    return { hook, deliveryId, event, time, asked: left.get(deliveryId)?.asked ?? asked, verdict };
  });
  return { missed: [...left.values()], rows };
};
