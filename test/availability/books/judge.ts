import { type Entry, readAnswer } from './delivery-book.js';
import type { Holdings } from './holdings.js';
import { judgeShards, type ShardFigures } from './judge-shards.js';
import { outOfOrder } from './out-of-order.js';
import { percentile } from './percent.js';

/** A delivery that did not reach every bot: when it was sent, and what is known of it. */
export interface LostDelivery {
  readonly id: string;
  /** When it was planned to be sent, and when its sender heard of it, or that it was cut. */
  readonly atMs: number;
  readonly answeredAfterMs: number;
  readonly label: string;
  readonly archived: boolean;
  /** The bots that hold it all the same. */
  readonly with: readonly string[];
}

/** What one side came to. */
export interface Figures {
  readonly sent: number;
  /** With every bot, once, whole or not. */
  readonly reached: number;
  /** Answered 2xx, and no later than the sender waits (GitHub: 10 s). */
  readonly answered2xx: number;
  /** Sent again since the app asked for it, and answered 2xx then. */
  readonly again: number;
  /** Answered later than that. */
  readonly late: number;
  /** Archived, owed, quarantined, or with every bot. */
  readonly kept: number;
  /** Answered as owed: delivered by the outbox. */
  readonly byOutbox: number;
  readonly quarantined: number;
  /** Answered by an instance, and not archived and with every bot at once. */
  readonly notAsUsual: number;
  /** Deliveries that did not reach every bot, by what their sender was answered. */
  readonly lost: Readonly<Record<string, number>>;
  readonly lostDeliveries: readonly LostDelivery[];
  /** No instance listened; a kill cut the connection. */
  readonly nobodyListened: number;
  readonly cut: number;
  /** Deliveries that an instance took from beginning to end, and those of them that reached every bot. */
  readonly heard: number;
  readonly reachedOfHeard: number;
  /** Answered 2xx, and not with every bot. Must be empty. */
  readonly acknowledgedLost: readonly string[];
  readonly doubled: readonly string[];
  readonly altered: readonly string[];
  /** Held although nobody sent it. */
  readonly intruders: readonly string[];
  readonly outOfOrder: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  /** Absent: there is one account and one namespace. */
  readonly shards?: ShardFigures;
}

/** GitHub hangs up then: https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks */
const senderWaitsMs = 10_000;

const countBy = (entries: readonly Entry[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { answer } of entries) {
    const { label } = readAnswer(answer);
    counts[label] = (counts[label] ?? 0) + 1;
  }
  return counts;
};

const repeated = (ids: readonly string[]): readonly string[] => {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
};

const durationMs = ({ sentAtMs, answeredAtMs }: Entry): number => answeredAtMs - sentAtMs;

const unique = (ids: readonly string[]): readonly string[] => [...new Set(ids)];

/** Judges each delivery by what its sender was told and what is held at the end in all accounts and namespaces. */
export const judge = (entries: readonly Entry[], holdings: Holdings, shards = 1): Figures => {
  const { archive, bots, owed } = holdings;
  const byId = new Map(entries.map((entry) => [entry.delivery.id, entry]));
  const isAltered = ({ id, sha256 }: { readonly id: string; readonly sha256: string }): boolean =>
    byId.has(id) && byId.get(id)?.sha256 !== sha256;
  const holders = bots.map(({ received }) => new Set(received.map(({ id }) => id)));
  const archived = new Set(archive.map(({ id }) => id));
  const hasReached = ({ delivery: { id } }: Entry): boolean => holders.every((held) => held.has(id));
  const told = (entry: Entry) => readAnswer(entry.answer);
  const isAcknowledgedAgain = ({ again }: Entry): boolean => readAnswer(again).acknowledged;
  const isAcknowledged = (entry: Entry): boolean => told(entry).acknowledged || isAcknowledgedAgain(entry);
  const isHeld = (entry: Entry): boolean =>
    hasReached(entry) || archived.has(entry.delivery.id) || owed.has(entry.delivery.id) || told(entry).quarantined;
  const answered = entries.filter(({ answer }) => answer?.kind === 'answered');
  const times = answered.map(durationMs).toSorted((one, other) => one - other);
  const lost = entries.filter((entry) => !hasReached(entry));
  const idsOf = (some: readonly Entry[]): readonly string[] => some.map(({ delivery }) => delivery.id);
  const heard = entries.filter(({ answer }) => answer?.kind !== 'nobody listened' && answer?.kind !== 'cut');
  const received = bots.flatMap((bot) => bot.received);
  return {
    sent: entries.length,
    reached: entries.length - lost.length,
    answered2xx: answered.filter((entry) => told(entry).acknowledged && durationMs(entry) <= senderWaitsMs).length,
    again: entries.filter(isAcknowledgedAgain).length,
    late: answered.filter((entry) => durationMs(entry) > senderWaitsMs).length,
    kept: entries.filter(isHeld).length,
    byOutbox: entries.filter((entry) => told(entry).owed).length,
    quarantined: entries.filter((entry) => told(entry).quarantined).length,
    notAsUsual: answered.filter((entry) => !told(entry).asUsual).length,
    lost: countBy(lost),
    lostDeliveries: lost.map((entry) => ({
      id: entry.delivery.id,
      atMs: entry.delivery.atMs,
      answeredAfterMs: Math.round(durationMs(entry)),
      label: told(entry).label,
      archived: archived.has(entry.delivery.id),
      with: bots.filter((_, index) => holders[index]?.has(entry.delivery.id)).map(({ name }) => name),
    })),
    nobodyListened: entries.filter(({ answer }) => answer?.kind === 'nobody listened').length,
    cut: entries.filter(({ answer }) => answer?.kind === 'cut').length,
    heard: heard.length,
    reachedOfHeard: heard.filter(hasReached).length,
    acknowledgedLost: idsOf(lost.filter((entry) => isAcknowledged(entry) && !owed.has(entry.delivery.id))),
    doubled: unique(bots.flatMap((bot) => repeated(bot.received.map(({ id }) => id)))),
    altered: unique([...archive, ...received].filter(isAltered).map(({ id }) => id)),
    intruders: unique([...archive, ...received].map(({ id }) => id)).filter((id) => !byId.has(id)),
    outOfOrder: unique(bots.flatMap((bot) => outOfOrder(bot, byId))),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    slowestMs: times.at(-1) ?? 0,
    ...(shards > 1 && { shards: judgeShards(entries, holdings, shards) }),
  };
};

/** Whether nothing acknowledged was lost, and nothing at all doubled, altered or invented. */
export const keepsItsWord = ({ acknowledgedLost, doubled, altered, intruders }: Figures): boolean =>
  [acknowledgedLost, doubled, altered, intruders].every((found) => found.length === 0);
