import { isCoalescing } from '../coalescing/coalescing-queue.js';
import type { InOrder } from '../delivery-order/in-order.js';
import { eventMessageId } from '../envelope/event-identity.js';
import { firstSuccess } from '../ingest/first-success.js';
import { gatedBacklog, gatedStores, type LastResort } from '../ingest/last-resort.js';
import type { PersistPorts } from '../ingest/persist.js';
import type { Patiences } from '../ingest/time-limits.js';
import { batchListing, createReadStocks, quarantineListing, type ReadStocks } from '../outbox/drain/stocks.js';
import { createOutboxFigures, type ReadOutboxFigures, sumOfFigures } from '../outbox/record/outbox-figures.js';
import type { OutboxStore } from '../outbox/record/outbox-store.js';
import type { Presence } from '../presence/presence.js';
import { sessionKeyFor } from '../routing/address-message.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import { broadestOrder, placementKey } from '../shards/placement-key.js';
import type { Clock } from '../time/clock.js';
import type { Account, Accounts } from './accounts.js';
import type { Dependencies } from './dependencies.js';
import type { Namespace, Namespaces } from './namespaces.js';
import { once } from './once.js';

export interface Shards {
  readonly accounts: Accounts;
  readonly namespaces: Namespaces;
}

export interface ShardedStores {
  /** What is tried when the ordinary way fails. */
  readonly lastResort: LastResort;
  /** For how long each store is waited for before that is tried. */
  readonly patience: Patiences;
  /** Both for the account and the namespace that an event belongs to; absent: there is one of each. */
  readonly storesFor: PersistPorts['storesFor'];
}

/** Tells that this process lives, wherever it archives. */
export type AccountPresence = Pick<Presence, 'begin' | 'leaves' | 'announce' | 'withdraw'>;

/** For so long each of several other namespaces is waited for alone. */
const eachOtherMs = 1_500;

/** The backlogs of all namespaces but one, in turn; those that work first. Absent: there is one namespace. */
const backlogBeside = (
  own: Namespace,
  { each }: Namespaces,
  { ordering, clock }: Pick<InOrder, 'ordering'> & { readonly clock: Clock },
): Pick<LastResort, 'backlogElsewhere'> => {
  const others = each.flatMap(({ name, queue, gateForOthers: gate }) =>
    name === own.name || gate === undefined ? [] : [{ gate, backlog: gatedBacklog({ queue, ordering }, gate) }],
  );
  if (others.length === 0) return {};
  return {
    backlogElsewhere: (message, options) => {
      const inTurn = others.toSorted((one, other) => Number(other.gate.works) - Number(one.gate.works));
      const attempts = inTurn.map(
        ({ backlog }) =>
          () =>
            backlog(message, options),
      );
      const { signal } = options;
      return firstSuccess({ clock, attempts, staggerMs: eachOtherMs, ...(signal && { signal }) });
    },
  };
};

/** What each account and each namespace together are waited for, and tried in the end. */
export const storesOf = (
  { accounts, namespaces }: Shards,
  { ordering }: InOrder,
  { bots, clock }: Pick<Dependencies, 'bots' | 'clock'>,
): ShardedStores => {
  const order = broadestOrder(bots);
  const pairs = new Map<Account, Map<Namespace, LastResort>>();
  const lastResortOf = (account: Account, namespace: Namespace): LastResort => {
    const { archiveHere: archive, store: outbox, gate: storage } = account;
    const { queue, gate: serviceBus } = namespace;
    const ofAccount = pairs.get(account) ?? new Map<Namespace, LastResort>();
    const gates = { 'blob-storage': storage, 'service-bus': serviceBus };
    const pair = ofAccount.get(namespace) ?? {
      ...gatedStores({ archive, outbox, queue, ordering }, gates),
      ...backlogBeside(namespace, namespaces, { ordering, clock }),
    };
    pairs.set(account, ofAccount.set(namespace, pair));
    return pair;
  };
  const [account] = accounts.each;
  const [namespace] = namespaces.each;
  const isSharded = accounts.each.length + namespaces.each.length > 2;
  const storesFor: PersistPorts['storesFor'] = ({ payload, description: { sessionKeys } }, [bot]) => {
    const own = accounts.of(payload);
    const { attributes, sha256 } = payload;
    const messageId = eventMessageId({ ...attributes, sha256 });
    const backlog = namespaces.of(archiveBacklogQueue, { messageId, sessionId: placementKey(order, payload) });
    const routed = bot && namespaces.of(bot.queue, { messageId, sessionId: sessionKeyFor(bot, sessionKeys) });
    const patience = { storage: own.patience, serviceBus: (routed ?? backlog).patience };
    return { lastResort: lastResortOf(own, backlog), patience };
  };
  return {
    lastResort: lastResortOf(account, namespace),
    patience: { storage: account.patience, serviceBus: namespace.patience },
    storesFor: isSharded ? storesFor : undefined,
  };
};

/** Loaded on first use, when a bot coalesces. */
const burstFiguresOf = (dependencies: Dependencies, { namespaces }: Shards): ReadOutboxFigures | undefined => {
  const { bursts } = dependencies;
  const bots = dependencies.bots.filter(isCoalescing);
  if (bursts === undefined || bots.length === 0) return undefined;
  const load = once(async () => {
    const { createAppBurstFigures } = await import('./bursts-job.js');
    return createAppBurstFigures({ dependencies, namespaces }, { bots, bursts });
  });
  return async () => (await load())();
};

/** Of all accounts and namespaces together. */
export const stocksOf = (dependencies: Dependencies, shards: Shards): ReadStocks => {
  const { quarantine, batches, timerRuns, clock } = dependencies;
  const { accounts, namespaces } = shards;
  const bursts = burstFiguresOf(dependencies, shards);
  const [{ breaker }] = accounts.each;
  const figuresOf = (listIn: (store: OutboxStore) => Pick<OutboxStore, 'list'>) =>
    sumOfFigures(
      accounts.each.map(({ store, breaker: circuit }) => createOutboxFigures({ store: listIn(store), circuit, clock })),
    );
  return createReadStocks({
    figures: {
      outbox: figuresOf((store) => store),
      deadLetters: figuresOf((store) => ({ list: (from, signal) => store.listDeadLetters(from, signal) })),
      quarantine: createOutboxFigures({ store: quarantineListing(quarantine), circuit: breaker, clock }),
      batches: createOutboxFigures({ store: batchListing(batches, clock), circuit: breaker, clock }),
    },
    ...(bursts !== undefined && { bursts }),
    backlogs: namespaces.each.flatMap(({ backlogFor, breaker: circuit }) =>
      accounts.each.map(({ name }) => ({ source: backlogFor(name), circuit })),
    ),
    timerRuns,
    storage: breaker,
    clock,
  });
};

/** One for each account: a payload's account is not known before it was read. */
export const presenceOf = ({ each }: Accounts): AccountPresence | undefined => {
  const all = each.flatMap(({ presence }) => presence ?? []);
  const [only, ...others] = all;
  if (only === undefined || others.length === 0) return only;
  return {
    begin: () => {
      const ends = all.map((presence) => presence.begin());
      return () => {
        for (const end of ends) end();
      };
    },
    leaves: (delivery) => {
      for (const presence of all) presence.leaves(delivery);
    },
    announce: async () => void (await Promise.all(all.map((presence) => presence.announce()))),
    withdraw: async () => void (await Promise.all(all.map((presence) => presence.withdraw()))),
  };
};
