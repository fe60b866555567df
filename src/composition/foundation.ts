import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArchivedEvent } from '../archive/archived-event.js';
import type { PayloadArchive } from '../archive/payload-archive.js';
import { reportConflicts } from '../archive/report-conflicts.js';
import { ArchiveIndex, indexedArchive } from '../archive-index/archive-index.js';
import { type GuardedBatches, guardedBatches } from '../batches/guarded-batches.js';
import { BodyRecord } from '../body-record/body-record.js';
import { seenBodyOf } from '../body-record/seen-body.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import { CircuitBreakerRegistry } from '../circuit-breaker/registry.js';
import { createInOrder, type InOrder } from '../delivery-order/in-order.js';
import { OwedLanes } from '../delivery-order/owed-lanes.js';
import { createReadListedLanes } from '../delivery-order/read-listed-lanes.js';
import { type AuthenticationFailures, createAuthenticationFailures } from '../ingest/authentication-failures.js';
import { clientNetwork } from '../ingest/client-network.js';
import { type Gates, gatedStores, type LastResort } from '../ingest/last-resort.js';
import { Patience, type Patiences, watchedArchive, watchedQueue } from '../ingest/patience.js';
import { fullSharesMs } from '../ingest/request-budget.js';
import { breakerElseGate } from '../last-resort/breaker-else-gate.js';
import { meteredSecrets } from '../operations/metered-secrets.js';
import { DeliveredCopies } from '../outbox/delivered-copies.js';
import { guardedOutbox } from '../outbox/guarded-outbox.js';
import { onceSend } from '../outbox/once-send.js';
import { createOutboxFigures } from '../outbox/outbox-figures.js';
import type { OutboxStore } from '../outbox/outbox-store.js';
import { createReadStocks, type ReadStocks } from '../outbox/stocks.js';
import { accountedArchive, Presence } from '../presence/presence.js';
import { type GuardedPresences, guardedPresences } from '../presence/presence-store.js';
import { createRefuseSecret } from '../providers/secret-form.js';
import { createProviderLookup } from '../providers/select-providers.js';
import { guardedQuarantine } from '../quarantine/guarded-quarantine.js';
import { createQuarantine, type Quarantine } from '../quarantine/quarantine.js';
import { createQuarantineFigures } from '../quarantine/quarantine-figures.js';
import { attributedRefusals } from '../routing/attributed-refusals.js';
import { isolatedSend } from '../routing/isolated-send.js';
import type { QueueError } from '../routing/queue-error.js';
import { type GuardedSend, guardedSend } from '../routing/route-event.js';
import { type CachedSecrets, createCachedSecrets } from '../secrets/cached-secrets.js';
import { createLastResort } from '../secrets/last-resort.js';
import { secretNamesOf } from '../secrets/secret-names.js';
import { createSecretUse, type SecretUse } from '../secrets/secret-use.js';
import { createSecretWarmUp } from '../secrets/secret-warm-up.js';
import type { Settings } from '../settings/settings.js';
import { type AllowedSources, createAllowedSources } from '../source-ranges/allowed-sources.js';
import { createPublishedRanges, type PublishedRanges } from '../source-ranges/published-ranges.js';
import { type Breakers, createBreakers, createGates, createQueueBreakers } from './breakers.js';
import type { Dependencies } from './dependencies.js';
import { createObservation, type Observation } from './observation.js';

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
export interface Foundation extends Observation {
  readonly breakers: Breakers;
  /** The three, and those of the queues as they come and go. */
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
  readonly outbox: ReturnType<typeof guardedOutbox>;
  /** What waits, of every instance together. */
  readonly stocks: ReadStocks;
  readonly batches: GuardedBatches;
  /** What was archived, in the order of time; absent: nothing is written down. */
  readonly index: ArchiveIndex | undefined;
  /** Absent: switched off. */
  readonly bodies: BodyRecord | undefined;
  /** Absent: nobody is told that this instance lives. */
  readonly presence: Presence | undefined;
  readonly presences: GuardedPresences | undefined;
  /** Whether an event is known to have been accepted, by whichever instance. */
  readonly isAccepted: (event: ArchivedEvent) => boolean;
  /** The archive for what just arrives: in the name of this process. */
  readonly archiveHere: PayloadArchive;
  /** Every send, a webhook's, the outbox's and a replay's, goes through the breaker of its queue and that of the service. */
  readonly send: GuardedSend;
  /** What the outbox has delivered, on whichever instance. */
  readonly delivered: DeliveredCopies;
  /** The same but for what the outbox has delivered already. */
  readonly sendOnce: GuardedSend;
  /** The same through another guard of the service. */
  readonly queueSend: (guard: GuardedCall<void, QueueError>) => GuardedSend;
  /** What is tried when the ordinary way fails. */
  readonly lastResort: LastResort;
  readonly gates: Gates;
  /** For how long each store is waited for before that is tried. */
  readonly patience: Patiences;
  /** The same, and the outbox, for what must not overtake what its session is owed. */
  readonly inOrder: InOrder;
}

const inOrderOf = (
  { outbox: store, clock }: Dependencies,
  breakers: Breakers,
  { send, outbox, delivered }: Pick<Foundation, 'send' | 'outbox' | 'delivered'>,
): InOrder => {
  const isDelivered = (queue: string, messageId: string): boolean => delivered.has(queue, messageId);
  const read = createReadListedLanes({ store, isDelivered });
  const lanes = new OwedLanes({ read, circuit: breakers['blob-storage'], isDelivered, clock });
  const inOrder = createInOrder({ send, outbox, lanes, serviceBus: breakers['service-bus'], clock });
  const once = onceSend(inOrder.send, delivered);
  return {
    ...inOrder,
    /** Both looks begin at once: a process that knows nothing yet waits for storage once, not twice. */
    send: (queue, message, timeoutMs) => {
      lanes.startLook({ queue, sessionId: message.sessionId });
      return once(queue, message, timeoutMs);
    },
  };
};

const createAppQuarantine = (
  { settings, quarantine, clock }: Dependencies,
  breakers: Breakers,
  { gates, queueSend }: Pick<Foundation, 'gates' | 'queueSend'>,
): Quarantine | undefined =>
  settings.quarantine &&
  createQuarantine({
    store: guardedQuarantine(quarantine, breakerElseGate(breakers['blob-storage'], gates['blob-storage'])),
    send: queueSend(breakerElseGate(breakers['service-bus'], gates['service-bus'])),
    limits: settings.quarantine,
    networkOf: clientNetwork,
    maxMessageBytes: settings.maxMessageBytes,
    clock,
  });

const stocksOf = ({ outbox, quarantine, backlog, timerRuns, clock }: Dependencies, circuits: Breakers): ReadStocks => {
  const circuit = circuits['blob-storage'];
  const deadLetters: Pick<OutboxStore, 'list'> = { list: (from, signal) => outbox.listDeadLetters(from, signal) };
  return createReadStocks({
    figures: {
      outbox: createOutboxFigures({ store: outbox, circuit, clock }),
      deadLetters: createOutboxFigures({ store: deadLetters, circuit, clock }),
      quarantine: createQuarantineFigures({ store: quarantine, circuit, clock }),
    },
    backlog,
    timerRuns,
    circuits,
    clock,
  });
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
  const { metrics } = observation;
  const { settings, clock, log } = observation.dependencies;
  const patience = { storage: new Patience(clock), serviceBus: new Patience(clock) };
  const breakers = createBreakers({
    settings: settings.circuitBreakers,
    fullSharesMs: fullSharesMs(longestBudgetMs(settings)),
    clock,
    log,
    metrics,
  });
  const index = indexOf(given, breakers['blob-storage']);
  const watched = watchedArchive(observation.dependencies.archive, patience.storage);
  const reported = reportConflicts(watched, { log, metrics });
  const archive = index === undefined ? reported : indexedArchive(reported, index);
  const dependencies = { ...observation.dependencies, archive };
  for (const breaker of Object.values(breakers)) registry.register(breaker);
  const queueBreakers = registry.registerGroup(createQueueBreakers({ clock, log, metrics }));
  const cached = createSecrets(dependencies, breakers);
  const secrets = meteredSecrets(cached, metrics);
  const storage = breakers['blob-storage'];
  const queue = attributedRefusals(watchedQueue(dependencies.queue, patience.serviceBus), { clock });
  const outbox = guardedOutbox(dependencies.outbox, storage);
  const delivered = new DeliveredCopies({ store: dependencies.outbox, outbox, circuit: storage, clock });
  const queueSend: Foundation['queueSend'] = (guard) => isolatedSend(guardedSend(queue, guard), queueBreakers);
  const send = queueSend(breakers['service-bus']);
  const gates = createGates({ breakers, clock });
  const inOrder = inOrderOf(dependencies, breakers, { send, outbox, delivered });
  const bodies = bodiesOf(dependencies, storage);
  const presences = dependencies.presences && guardedPresences(dependencies.presences, storage);
  const outside = AsyncLocalStorage.snapshot();
  const presence = presences && new Presence({ presences, process: dependencies.process, clock, outside });
  const archiveHere = presence === undefined ? archive : accountedArchive(archive, presence);
  const published = createPublishedRanges({ store: dependencies.publishedLists, storage, clock, log });
  return {
    ...observation,
    dependencies,
    breakers,
    registry,
    secrets,
    warmSecrets: createSecretWarmUp({ names: secretNamesOf(settings.providers), secrets: cached, clock }),
    secretUse: createSecretUse({ providers: settings.providers, secrets, clock, metrics }),
    published,
    allowedSources: createAllowedSources({ sourceRanges: settings.sourceRanges, published }),
    failures: createAuthenticationFailures({ clock }),
    quarantine: createAppQuarantine(dependencies, breakers, { gates, queueSend }),
    outbox,
    stocks: stocksOf(dependencies, breakers),
    index,
    bodies,
    presence,
    presences,
    isAccepted: ({ attributes, sha256 }) => bodies?.recall(seenBodyOf({ ...attributes, sha256 })) === 'same',
    archiveHere,
    batches: guardedBatches(dependencies.batches, storage),
    send,
    sendOnce: onceSend(send, delivered),
    delivered,
    queueSend,
    inOrder,
    gates,
    patience,
    lastResort: gatedStores({ ...dependencies, archive: archiveHere, queue, ordering: inOrder.ordering }, gates),
  };
};
