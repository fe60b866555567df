import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArchiveError } from '../archive/archive-error.js';
import {
  type GuardedArchive,
  type GuardedList,
  type GuardedRead,
  guardedArchive,
  guardedList,
  guardedRead,
  type ReportConflictsPorts,
} from '../archive/guarded-archive.js';
import type { PayloadArchive } from '../archive/payload-archive.js';
import type { ArchiveIndex } from '../archive-index/archive-index.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import { Patience } from '../ingest/time-limits.js';
import type { Gate } from '../last-resort/gate.js';
import { countedOutbox } from '../outbox/record/counted-outbox.js';
import { type Delivered, DeliveredCopies } from '../outbox/record/delivered-copies.js';
import { type GuardedOutbox, guardedOutbox, type OutboxStore } from '../outbox/record/outbox-store.js';
import { Presence } from '../presence/presence.js';
import { type GuardedPresences, guardedPresences, type PresenceStore } from '../presence/presence-store.js';
import { broadestOrder, type Placed } from '../shards/placement-key.js';
import { type ShardName, untagName } from '../shards/shard-of.js';
import {
  accountOf,
  type OfShards,
  shardedArchive,
  shardedList,
  shardedRead,
  taggedArchive,
} from '../shards/sharded-archive.js';
import { allDelivered, shardedOutbox, taggedOutbox } from '../shards/sharded-outbox.js';
import { type BreakerPorts, type Breakers, createBlobStorageBreaker, createStorageGate } from './breakers.js';
import type { Dependencies, FurtherAccount } from './dependencies.js';
import { inShard, type ReportCall, watchedArchive } from './observation.js';

type StorageGuard = GuardedCall<unknown, ArchiveError>;

/** One storage account and what guards it. The first has the plain names. */
export interface Account {
  readonly name: ShardName;
  readonly breaker: Breakers['blob-storage'];
  readonly gate: Gate<ArchiveError>;
  /** How long its answers are waited for. */
  readonly patience: Patience;
  readonly archive: PayloadArchive;
  /** For what just arrives: in the name of this process. */
  readonly archiveHere: PayloadArchive;
  /** Absent: nobody is told that this instance lives. */
  readonly presences: GuardedPresences | undefined;
  readonly presence: Presence | undefined;
  readonly store: OutboxStore;
  readonly outbox: GuardedOutbox;
}

/** The storage accounts, most often one: each call goes through the breaker of the account that it concerns. */
export interface Accounts {
  readonly each: readonly [Account, ...Account[]];
  readonly of: (payload: Placed) => Account;
  readonly archiveBy: (guardOf: (account: Account) => StorageGuard) => GuardedArchive;
  /** For what just arrives, through the breaker. */
  readonly archiveHere: GuardedArchive;
  readonly readBy: (guardOf: (account: Account) => StorageGuard) => GuardedRead;
  readonly lists: readonly GuardedList[];
  readonly list: GuardedList;
  readonly outbox: GuardedOutbox;
  /** How often this process has written or finished a record of any outbox. */
  readonly outboxChanges: () => number;
  /** Those that these names lead to. */
  readonly holding: (names: readonly string[]) => readonly Account[];
  readonly outboxOf: (some: readonly Account[]) => GuardedOutbox;
  /** Whether calls pass anywhere. */
  readonly circuit: { readonly isHealthy: boolean };
  /** What has been delivered, as far as any account knows: one for each account, which remembers what is new. */
  readonly delivered: readonly [Delivered, ...Delivered[]];
}

interface AccountsPorts extends ReportConflictsPorts {
  /** What is archived is written down there; absent: nowhere. */
  readonly index: ArchiveIndex | undefined;
  readonly dependencies: Dependencies;
  readonly reportCall: ReportCall;
  readonly first: Breakers['blob-storage'];
  readonly breakerPorts: BreakerPorts;
}

const createEach = (
  { dependencies, first, breakerPorts, ...ports }: AccountsPorts,
  onOutboxChange: () => void,
): Accounts['each'] => {
  const { clock, archive, outbox, presences: firstPresences, process, shards } = dependencies;
  const outside = AsyncLocalStorage.snapshot();
  const create = (
    given: Pick<FurtherAccount, 'name' | 'archive' | 'outbox'> & { readonly presences?: PresenceStore | undefined },
    breaker: Breakers['blob-storage'],
  ): Account => {
    const store = countedOutbox(taggedOutbox(given.outbox, given.name), onOutboxChange);
    const patience = new Patience(clock);
    const presences = given.presences && guardedPresences(given.presences, breaker);
    const presence = presences && new Presence({ presences, process, clock, outside });
    const target = inShard('blob-storage', given.name);
    const archiveAs = (process: Presence | undefined): PayloadArchive =>
      watchedArchive(taggedArchive(given.archive, given.name), { ...ports, target, patience, presence: process });
    return {
      name: given.name,
      breaker,
      gate: createStorageGate(breaker, breakerPorts),
      patience,
      archive: archiveAs(undefined),
      archiveHere: archiveAs(presence),
      presences,
      presence,
      store,
      outbox: guardedOutbox(store, breaker),
    };
  };
  const further = shards?.accounts ?? [];
  return [
    create({ name: '', archive, outbox, presences: firstPresences }, first),
    ...further.map((account) => create(account, createBlobStorageBreaker(breakerPorts, account.name))),
  ];
};

export const createAccounts = (ports: AccountsPorts): Accounts => {
  let outboxChanges = 0;
  const each = createEach(ports, () => {
    outboxChanges += 1;
  });
  const [first, ...others] = each;
  const names = each.map(({ name }) => name);
  const ofEach = <T>(make: (account: Account) => T): OfShards<T> => ({
    names,
    each: [make(first), ...others.map(make)],
  });
  const { clock, bots } = ports.dependencies;
  const order = broadestOrder(bots);
  const copies = new Map<Account, Delivered>();
  const deliveredOf = (account: Account): Delivered => {
    const { store, outbox, breaker: circuit } = account;
    const known = copies.get(account) ?? new DeliveredCopies({ store, outbox, circuit, clock });
    copies.set(account, known);
    return known;
  };
  const lists = ofEach(({ archive, breaker }) => guardedList(archive, breaker));
  const outboxOf = ([some = first, ...more]: readonly Account[]): GuardedOutbox =>
    shardedOutbox({
      names: [some, ...more].map(({ name }) => name),
      each: [some.outbox, ...more.map(({ outbox }) => outbox)],
    });
  return {
    each,
    of: (payload) => each[accountOf(names, order, payload)] ?? first,
    archiveBy: (guardOf) =>
      shardedArchive(
        ofEach((account) => guardedArchive(account.archive, guardOf(account))),
        order,
      ),
    archiveHere: shardedArchive(
      ofEach(({ archiveHere, breaker }) => guardedArchive(archiveHere, breaker)),
      order,
    ),
    readBy: (guardOf) => shardedRead(ofEach((account) => guardedRead(account.archive, guardOf(account)))),
    lists: lists.each,
    list: shardedList(lists),
    holding: (archiveNames) => each.filter(({ name }) => archiveNames.some((one) => untagName(one).shard === name)),
    outboxOf,
    outbox: outboxOf(each),
    outboxChanges: () => outboxChanges,
    circuit:
      others.length === 0
        ? first.breaker
        : {
            get isHealthy() {
              return each.some(({ breaker }) => breaker.isHealthy);
            },
          },
    delivered: ofEach((account) => allDelivered(deliveredOf(account), each.map(deliveredOf))).each,
  };
};
