import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArchivedEvent } from '../archive/archived-event.js';
import { ArchiveIndex } from '../archive-index/archive-index.js';
import { type GuardedBatches, guardedBatches } from '../batches/batch-store.js';
import { BodyRecord } from '../body-record/body-record.js';
import { seenBodyOf } from '../body-record/known-bodies.js';
import { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import { allListedLanes } from '../delivery-order/all-listed-lanes.js';
import { createInOrder, type InOrder } from '../delivery-order/in-order.js';
import type { OrderedSendPorts } from '../delivery-order/ordered-send.js';
import { OwedLanes } from '../delivery-order/owed-lanes.js';
import { createReadListedLanes } from '../delivery-order/read-listed-lanes.js';
import type { LastReason } from '../http/tell-outcome.js';
import {
  type AuthenticationFailures,
  clientNetwork,
  createAuthenticationFailures,
} from '../ingest/authentication-failures.js';
import { fullSharesMs } from '../ingest/time-limits.js';
import { breakerElseGate } from '../last-resort/breaker-else-gate.js';
import type { AllGates } from '../last-resort/gate-snapshot.js';
import type { ReadStocks } from '../outbox/drain/stocks.js';
import { type Delivered, onceSend } from '../outbox/record/delivered-copies.js';
import type { GuardedOutbox } from '../outbox/record/outbox-store.js';
import { createProviderLookup } from '../providers/built-in.js';
import { createRefuseSecret } from '../providers/secret-form.js';
import { createQuarantine, type Quarantine } from '../quarantine/quarantine.js';
import { guardedQuarantine } from '../quarantine/quarantine-store.js';
import type { GuardedSend } from '../routing/route-event.js';
import {
  type CachedSecrets,
  createCachedSecrets,
  createSecretUse,
  meteredSecrets,
  type SecretUse,
} from '../secrets/cached-secrets.js';
import { createLastResort } from '../secrets/last-resort.js';
import { createSecretWarmUp } from '../secrets/secret-warm-up.js';
import { secretNamesOf } from '../secrets/secrets.js';
import type { Settings } from '../settings/settings.js';
import { type AllowedSources, createAllowedSources } from '../source-ranges/allowed-sources.js';
import { createPublishedRanges, type PublishedRanges } from '../source-ranges/published-ranges.js';
import type { Clock } from '../time/clock.js';
import { type Account, createAccounts } from './accounts.js';
import { type Breakers, createBreakers } from './breakers.js';
import type { Dependencies } from './dependencies.js';
import { createNamespaces } from './namespaces.js';
import { createObservation, type Observation } from './observation.js';
import {
  type AccountPresence,
  presenceOf,
  type ShardedStores,
  type Shards,
  stocksOf,
  storesOf,
} from './sharded-stores.js';

const createSecrets = ({ settings, secretStore, clock, log }: Dependencies, breakers: Breakers): CachedSecrets =>
  createCachedSecrets({
    store: secretStore,
    breaker: breakers['key-vault'],
    lastResort: createLastResort(clock),
    clock,
    log,
    refreshMs: settings.secretRefreshMs,
    maxStaleMs: settings.secretMaxStaleMs,
    refuse: createRefuseSecret(settings, createProviderLookup(settings.providers, settings.ownProviders)),
    ...(settings.keyVault.kind === 'vault' && { fallback: settings.keyVault.fallback }),
    outside: AsyncLocalStorage.snapshot(),
  });

/** What the sender that waits longest gives an event. */
const longestBudgetMs = ({ providers, ownProviders, requestBudgetMs }: Settings): number => {
  const find = createProviderLookup(providers, ownProviders);
  return Math.min(requestBudgetMs, Math.max(...providers.map((name) => find(name)?.replyBudgetMs ?? 0)));
};

/** What the handlers share: one of each per process, every call behind the breaker of its dependency. */
export interface Foundation extends Observation, Shards, ShardedStores {
  /** Those of the last resort. */
  readonly gates: AllGates;
  readonly breakers: Breakers;
  /** The three, those of further accounts and namespaces, and those of the queues as they come and go. */
  readonly registry: CircuitBreakerRegistry;
  readonly secrets: CachedSecrets;
  readonly secretUse: SecretUse;
  /** Fills the cache of secrets. Never rejects. */
  readonly warmSecrets: () => Promise<void>;
  readonly published: PublishedRanges;
  readonly allowedSources: AllowedSources;
  /** Failed authentications, of deliveries that just came and of those that were quarantined. */
  readonly failures: AuthenticationFailures;
  /** Absent: nothing is quarantined. */
  readonly quarantine: Quarantine | undefined;
  readonly outbox: GuardedOutbox;
  /** What waits, of every instance together. */
  readonly stocks: ReadStocks;
  readonly batches: GuardedBatches;
  /** What was archived, in the order of time; absent: nothing is written down. */
  readonly index: ArchiveIndex | undefined;
  /** Absent: switched off. */
  readonly bodies: BodyRecord | undefined;
  /** Absent: nobody is told that this instance lives. */
  readonly presence: AccountPresence | undefined;
  /** Whether an event is known to have been accepted, by whichever instance. */
  readonly isAccepted: (event: ArchivedEvent) => boolean;
  /** Every send, a webhook's, the outbox's and a replay's, goes through the breaker of its queue and that of the service. */
  readonly send: GuardedSend;
  /** What the outbox has delivered, on whichever instance. */
  readonly delivered: Delivered;
  /** The same but for what the outbox has delivered already. */
  readonly sendOnce: GuardedSend;
  readonly lastReason: LastReason;
  /** The same send, and the outbox, for what must not overtake what its session is owed. */
  readonly inOrder: InOrder;
}

const inOrderOf = (
  { accounts, namespaces }: Shards,
  { send, outbox, delivered }: Pick<Foundation, 'send' | 'outbox' | 'delivered'>,
  clock: Clock,
): InOrder => {
  const isDelivered = (queue: string, messageId: string): boolean => delivered.has(queue, messageId);
  const lanesIn = ({ name, store, breaker: circuit }: Account) => ({
    name,
    read: createReadListedLanes({ store, isDelivered }),
    circuit,
  });
  const [first, ...others] = accounts.each;
  const read = allListedLanes([lanesIn(first), ...others.map(lanesIn)], clock);
  const lanes = new OwedLanes({ read, circuit: accounts.circuit, isDelivered, clock });
  const serviceBusFor: OrderedSendPorts['serviceBusFor'] = (...message) => namespaces.of(...message).breaker;
  return createInOrder({ send, outbox, delivered, lanes, serviceBusFor, clock });
};

const createAppQuarantine = (
  { settings, quarantine, clock }: Dependencies,
  { accounts, namespaces }: Shards,
): Quarantine | undefined => {
  const [{ breaker, gate }] = accounts.each;
  return (
    settings.quarantine &&
    createQuarantine({
      store: guardedQuarantine(quarantine, breakerElseGate(breaker, gate)),
      send: namespaces.sendElseGate,
      limits: settings.quarantine,
      networkOf: clientNetwork,
      maxMessageBytes: settings.maxMessageBytes,
      clock,
    })
  );
};

const bodiesOf = (
  { settings: { bodyRecordSize: capacity }, bodyLog: log, clock }: Dependencies,
  circuit: { readonly isHealthy: boolean },
): BodyRecord | undefined =>
  capacity === 0 ? undefined : new BodyRecord({ clock, capacity, log, circuit, outside: AsyncLocalStorage.snapshot() });

const indexOf = (
  { archiveIndex: store, clock, newHex }: Dependencies,
  circuit: { readonly isHealthy: boolean },
): ArchiveIndex | undefined =>
  store && new ArchiveIndex({ store, clock, writer: newHex(8), circuit, outside: AsyncLocalStorage.snapshot() });

export const createFoundation = (given: Dependencies): Foundation => {
  const registry = new CircuitBreakerRegistry();
  const observation = createObservation(given, registry);
  const { dependencies, metrics, reportCall } = observation;
  const { settings, clock, log } = dependencies;
  const breakerPorts = {
    settings: settings.circuitBreakers,
    fullSharesMs: fullSharesMs(longestBudgetMs(settings)),
    clock,
    log,
    metrics,
  };
  const breakers = createBreakers(breakerPorts);
  const storage = breakers['blob-storage'];
  const index = indexOf(given, storage);
  const accounts = createAccounts({ dependencies, reportCall, first: storage, breakerPorts, index, log, metrics });
  const namespaces = createNamespaces({ dependencies, reportCall, first: breakers['service-bus'], breakerPorts });
  for (const breaker of Object.values(breakers)) registry.register(breaker);
  for (const { breaker } of [...namespaces.each.slice(1), ...accounts.each.slice(1)]) registry.register(breaker);
  for (const { queueBreakers } of namespaces.each) registry.registerGroup(queueBreakers);
  const cached = createSecrets(dependencies, breakers);
  const secrets = meteredSecrets(cached, metrics);
  const {
    outbox,
    delivered: [delivered],
  } = accounts;
  const send = namespaces.sendBy(({ breaker }) => breaker);
  const shards = { accounts, namespaces };
  const inOrder = inOrderOf(shards, { send, outbox, delivered }, clock);
  const bodies = bodiesOf(dependencies, storage);
  const published = createPublishedRanges({ store: dependencies.publishedLists, storage, clock, log });
  return {
    ...observation,
    ...shards,
    breakers,
    registry,
    secrets,
    warmSecrets: createSecretWarmUp({ names: secretNamesOf(settings.providers), secrets: cached, clock }),
    secretUse: createSecretUse({ providers: settings.providers, secrets, clock, metrics }),
    published,
    allowedSources: createAllowedSources({ sourceRanges: settings.sourceRanges, published }),
    failures: createAuthenticationFailures({ clock }),
    quarantine: createAppQuarantine(dependencies, shards),
    outbox,
    stocks: stocksOf(dependencies, shards),
    gates: () =>
      Object.fromEntries(
        [...namespaces.each, ...accounts.each].map(({ breaker, gate }) => [breaker.name, gate.snapshot()]),
      ),
    index,
    bodies,
    presence: presenceOf(accounts),
    isAccepted: ({ attributes, sha256 }) => bodies?.recall(seenBodyOf({ ...attributes, sha256 })) === 'same',
    batches: guardedBatches(dependencies.batches, storage),
    send,
    sendOnce: onceSend(send, delivered),
    delivered,
    inOrder,
    ...storesOf(shards, inOrder, dependencies),
    lastReason: (name) => registry.get(name)?.snapshot().lastFailure?.reason,
  };
};
