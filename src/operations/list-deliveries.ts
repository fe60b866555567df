import type { ArchiveError } from '../archive/archive-error.js';
import type { IndexedDelivery, Place } from '../archive-index/archive-index.js';
import type { Batches } from '../archive-index/newest-deliveries.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { BotMatcher } from '../routing/match-bots.js';
import type { Clock } from '../time/clock.js';
import { type ListedOwedCopy, type ListFilter, listedOwedCopies, passes, type ReadRecord } from './list-records.js';
import type { ReadRecordNames } from './record-names.js';

/** What became of a delivery: the worst of its copies decides. */
export const outcomes = ['routed', 'owed', 'dead-lettered', 'unwanted', 'repeated-body'] as const;

export type Outcome = (typeof outcomes)[number];

/** A delivery, what became of it, and for whom it is. */
export interface ListedDelivery extends IndexedDelivery {
  readonly outcome: Outcome;
  /** Bots that want it by the present configuration. */
  readonly bots: readonly string[];
  readonly owed: readonly ListedOwedCopy[];
  readonly deadLettered: readonly ListedOwedCopy[];
}

export interface DeliveryFilter extends ListFilter {
  readonly outcome?: Outcome | undefined;
}

export interface DeliveryList {
  readonly deliveries: readonly ListedDelivery[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: Place;
}

interface Records {
  readonly names: ReadRecordNames;
  readonly read: ReadRecord;
}

export interface ListDeliveriesPorts {
  /** From a moment back, newest first. */
  readonly newest: (beforeMs: number, providers: readonly string[]) => Batches;
  /** Names of the providers that are on. */
  readonly providers: readonly string[];
  readonly outbox: Records;
  readonly deadLetters: Records;
  readonly matchBots: BotMatcher;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface ListDeliveriesRequest {
  readonly filter: DeliveryFilter;
  /** The page begins with what is older. */
  readonly before: Place;
  readonly limit: number;
}

/** A list whose filter lets little through ends then, and says where to go on. */
const timeLimitMs = 3_000;
const describeTogether = 32;

const isOlder = (one: Place, other: Place): boolean =>
  one.time !== other.time ? one.time < other.time : one.archived < other.archived;

/** The copies of this very delivery in the outbox, or among the dead letters. */
const copiesIn = async (
  { names, read }: Records,
  { id, archived }: IndexedDelivery,
): Promise<CallResult<readonly ListedOwedCopy[], ArchiveError>> => {
  const all = await names();
  if (!all.ok) return all;
  const copies: ListedOwedCopy[] = [];
  for (const named of all.value.recordsFor(id)) {
    const reading = await read(named);
    if (!reading.ok) return reading;
    const record = reading.value;
    if (typeof record === 'string' || record.payload.archiveName !== archived) continue;
    copies.push(...listedOwedCopies(record));
  }
  return { ok: true, value: copies };
};

const outcomeOf = ({ signature, bots, owed, deadLettered }: Omit<ListedDelivery, 'outcome'>): Outcome => {
  if (deadLettered.length > 0) return 'dead-lettered';
  if (owed.length > 0) return 'owed';
  if (signature === 'repeated-body') return 'repeated-body';
  return bots.length === 0 ? 'unwanted' : 'routed';
};

const describe = async (
  { outbox, deadLetters, matchBots }: ListDeliveriesPorts,
  delivery: IndexedDelivery,
): Promise<CallResult<ListedDelivery, ArchiveError>> => {
  const owed = await copiesIn(outbox, delivery);
  if (!owed.ok) return owed;
  const dead = await copiesIn(deadLetters, delivery);
  if (!dead.ok) return dead;
  const bots = matchBots(delivery).map(({ name }) => name);
  const facts = { ...delivery, bots, owed: owed.value, deadLettered: dead.value };
  return { ok: true, value: { ...facts, outcome: outcomeOf(facts) } };
};

const concerns = ({ bots, owed, deadLettered }: ListedDelivery, bot: string): boolean =>
  bots.includes(bot) || [...owed, ...deadLettered].some((copy) => copy.bot === bot);

const placeOf = ({ time, archived }: Place): Place => ({ time, archived });

/** Those that match the filter, described side by side. */
const describePassing = async (
  ports: ListDeliveriesPorts,
  { bot, outcome, ...filter }: DeliveryFilter,
  some: readonly IndexedDelivery[],
): Promise<CallResult<readonly ListedDelivery[], ArchiveError>> => {
  const passing = some.filter((delivery) => passes(filter, delivery));
  const found: ListedDelivery[] = [];
  for (const described of await Promise.all(passing.map((delivery) => describe(ports, delivery)))) {
    if (!described.ok) return described;
    const { value } = described;
    if ((outcome === undefined || value.outcome === outcome) && (bot === undefined || concerns(value, bot)))
      found.push(value);
  }
  return { ok: true, value: found };
};

/** A page of deliveries, newest first. It may be short, and still say where to go on: then the filter let little through. */
export const listDeliveries = async (
  ports: ListDeliveriesPorts,
  { filter, before, limit }: ListDeliveriesRequest,
): Promise<CallResult<DeliveryList, ArchiveError>> => {
  const untilMs = ports.clock.monotonicMs() + timeLimitMs;
  // Both are asked for with the first delivery, and take as long as the index: who asks again gets the same answer.
  void Promise.all([ports.outbox.names(), ports.deadLetters.names()]);
  const deliveries: ListedDelivery[] = [];
  let last: Place = before;
  const providers = filter.provider === undefined ? ports.providers : [filter.provider];
  for await (const batch of ports.newest(Date.parse(before.time), providers)) {
    if (!batch.ok) return batch;
    const older = batch.value.filter((delivery) => isOlder(delivery, before));
    for (let from = 0; from < older.length; from += describeTogether) {
      const room = limit - deliveries.length;
      if (room === 0) return { ok: true, value: { deliveries, next: last } };
      const some = older.slice(from, from + describeTogether);
      const described = await describePassing(ports, filter, some);
      if (!described.ok) return described;
      const fitting = described.value.slice(0, room);
      deliveries.push(...fitting);
      const isOver = fitting.length < described.value.length;
      last = (isOver ? fitting : some).map(placeOf).at(-1) ?? last;
      if (isOver) return { ok: true, value: { deliveries, next: last } };
    }
    if (ports.clock.monotonicMs() >= untilMs && last !== before) return { ok: true, value: { deliveries, next: last } };
  }
  return { ok: true, value: { deliveries } };
};
