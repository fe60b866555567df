import { archiveBacklogQueue } from './archive/archive-backlog.js';
import { guardedArchive, guardedList, guardedRead } from './archive/guarded-archive.js';
import type { PayloadArchive } from './archive/payload-archive.js';
import { type Breakers, createBreakers, createQueueBreakers } from './breakers.js';
import type { Clock } from './circuit-breaker/clock.js';
import { createDeepHealth } from './health/deep-health.js';
import type { Probe } from './health/probe.js';
import {
  createBreakerHealth,
  createChangeBreaker,
  createResetBreaker,
  createResetBreakers,
} from './http/circuit-breaker-endpoints.js';
import {
  createReplayEvent,
  createReplayEvents,
  createShowEvent,
  type EventEndpointPorts,
} from './http/event-endpoints.js';
import { createDeepHealthEndpoint, createReadiness, liveness } from './http/health-endpoints.js';
import { insideInvocation } from './http/inside-invocation.js';
import { createMetricsEndpoint } from './http/metrics-endpoint.js';
import { createOperatorEndpoint } from './http/operator-endpoint.js';
import { problemCatalogue } from './http/problems.js';
import { createReceiveWebhook, type HttpHandler } from './http/receive-webhook.js';
import { createValidateWebhook } from './http/validate-webhook.js';
import { createIngest } from './ingest/ingest.js';
import type { InvocationLog } from './observability/invocation-log.js';
import type { Metrics } from './observability/metrics.js';
import { createMetricsStore, type MetricsStore } from './observability/metrics-store.js';
import { createPrometheusText } from './observability/prometheus-text.js';
import { createStartLaps, timedStage } from './observability/stage-laps.js';
import { createTimerHandler, type TimerHandler } from './observability/timer-handler.js';
import { createAudit, operatorCommands } from './operations/audit.js';
import { createAuthorizeOperator } from './operations/authorize-operator.js';
import { meteredSecrets } from './operations/metered-secrets.js';
import { createSetGauges } from './operations/set-gauges.js';
import type { ArchiveBacklogSource } from './outbox/archive-backlog-source.js';
import { guardedOutbox } from './outbox/guarded-outbox.js';
import { createOutboxFigures } from './outbox/outbox-figures.js';
import type { OutboxStore } from './outbox/outbox-store.js';
import { createOutboxTimer } from './outbox/outbox-timer.js';
import { createRefuseSecret } from './providers/secret-form.js';
import { createProviderLookup } from './providers/select-providers.js';
import type { Bot } from './routing/bot.js';
import type { EventQueue } from './routing/event-queue.js';
import { isolatedSend, queueBreakerName } from './routing/isolated-send.js';
import { createBotMatcher } from './routing/match-bots.js';
import { guardedSend } from './routing/route-event.js';
import { type CachedSecrets, createCachedSecrets } from './secrets/cached-secrets.js';
import { adminTokenSecretName, webhookSecretName } from './secrets/secret-names.js';
import type { SecretStore } from './secrets/secret-store.js';
import type { Settings } from './settings/settings.js';

/** All that touches the outside world, made in `src/azure.ts` for production and from memory adapters in tests. */
export interface Dependencies {
  readonly settings: Settings;
  readonly bots: readonly Bot[];
  readonly archive: PayloadArchive;
  readonly outbox: OutboxStore;
  readonly queue: EventQueue;
  readonly backlog: ArchiveBacklogSource;
  readonly secretStore: SecretStore;
  /** Rejects when a client cannot be built from the settings; touches no network. */
  readonly buildClients: () => Promise<void>;
  readonly probes: Readonly<Record<'service-bus' | 'blob-storage' | 'key-vault', Probe>>;
  readonly clock: Clock;
  readonly log: InvocationLog;
  readonly newId: () => string;
  readonly newHex: (bytes: number) => string;
  readonly version: string;
  readonly instance: string;
}

/** The handlers of every function, ready to be registered. */
export interface App {
  readonly receiveWebhook: HttpHandler;
  readonly validateWebhook: HttpHandler;
  readonly liveness: HttpHandler;
  readonly readiness: HttpHandler;
  readonly deepHealth: HttpHandler;
  readonly breakerHealth: HttpHandler;
  readonly resetBreakers: HttpHandler;
  readonly resetBreaker: HttpHandler;
  readonly changeBreaker: HttpHandler;
  readonly metrics: HttpHandler;
  readonly showEvent: HttpHandler;
  readonly replayEvent: HttpHandler;
  readonly replayEvents: HttpHandler;
  readonly drainOutbox: TimerHandler;
}

const createSecrets = (
  { settings, secretStore, clock, log }: Dependencies,
  breakers: Breakers,
  metrics: Metrics,
): CachedSecrets => {
  const secrets = createCachedSecrets({
    store: secretStore,
    breaker: breakers['key-vault'],
    clock,
    log,
    refreshMs: settings.secretRefreshMs,
    maxStaleMs: settings.secretMaxStaleMs,
    refuse: createRefuseSecret(settings, createProviderLookup(settings.providers, settings.ownProviders)),
  });
  return meteredSecrets(secrets, metrics);
};

interface Foundation {
  readonly breakers: Breakers;
  readonly queueBreakers: ReturnType<typeof createQueueBreakers>;
  readonly secrets: CachedSecrets;
  readonly store: MetricsStore;
}

const createFoundation = (dependencies: Dependencies): Foundation => {
  const store = createMetricsStore();
  const { clock, log } = dependencies;
  const breakers = createBreakers({ settings: dependencies.settings.circuitBreakers, clock, log, metrics: store });
  const queueBreakers = createQueueBreakers({ clock, log, metrics: store });
  return { breakers, queueBreakers, secrets: createSecrets(dependencies, breakers, store), store };
};

const createWebhookHandler = (dependencies: Dependencies, foundation: Foundation): HttpHandler => {
  const { settings, clock, log } = dependencies;
  const { breakers, queueBreakers, secrets, store } = foundation;
  const send = isolatedSend(guardedSend(dependencies.queue, breakers['service-bus']), queueBreakers);
  const startLaps = createStartLaps({ metrics: store, clock });
  const ingest = createIngest({
    clock,
    secrets,
    archive: timedStage(startLaps, 'archive', guardedArchive(dependencies.archive, breakers['blob-storage'])),
    outbox: guardedOutbox(dependencies.outbox, breakers['blob-storage']),
    send: timedStage(startLaps, 'route', send),
    matchBots: createBotMatcher(dependencies.bots),
    newHex: dependencies.newHex,
    maxMessageBytes: settings.maxMessageBytes,
    requestBudgetMs: settings.requestBudgetMs,
    queueUnavailable: settings.queueUnavailable,
    startLaps,
  });
  return createReceiveWebhook({
    ingest,
    findProvider: createProviderLookup(settings.providers, settings.ownProviders),
    maxPayloadBytes: settings.maxPayloadBytes,
    clock,
    newId: dependencies.newId,
    log,
    metrics: store,
    startLaps,
  });
};

const createValidationHandler = (dependencies: Dependencies, { store }: Foundation): HttpHandler => {
  const { providers, ownProviders, allowedOrigins } = dependencies.settings;
  const findProvider = createProviderLookup(providers, ownProviders);
  return createValidateWebhook({ ...dependencies, findProvider, allowedOrigins, metrics: store });
};

const createDrainHandler = (dependencies: Dependencies, { breakers, store }: Foundation): TimerHandler => {
  const circuits = { storage: breakers['blob-storage'], serviceBus: breakers['service-bus'] };
  const maxAttempts = dependencies.settings.outboxMaxAttempts;
  const timer = createOutboxTimer({ ...dependencies, ...circuits, circuits, maxAttempts });
  return createTimerHandler(dependencies.log, store, timer);
};

/** What operators ask of events, and do with them. */
const createEventPorts = (dependencies: Dependencies, { breakers, queueBreakers }: Foundation): EventEndpointPorts => ({
  outbox: guardedOutbox(dependencies.outbox, breakers['blob-storage']),
  list: guardedList(dependencies.archive, breakers['blob-storage']),
  readPayload: guardedRead(dependencies.archive, breakers['blob-storage']),
  send: isolatedSend(guardedSend(dependencies.queue, breakers['service-bus']), queueBreakers),
  matchBots: createBotMatcher(dependencies.bots),
  maxMessageBytes: dependencies.settings.maxMessageBytes,
  clock: dependencies.clock,
  providers: dependencies.settings.providers,
  bots: dependencies.bots.map(({ name }) => name),
});

type Operations = Pick<
  App,
  | 'breakerHealth'
  | 'resetBreakers'
  | 'resetBreaker'
  | 'changeBreaker'
  | 'metrics'
  | 'showEvent'
  | 'replayEvent'
  | 'replayEvents'
>;

/** What operators see and command. The metrics know every name that the configuration allows before its first event. */
const createOperations = (dependencies: Dependencies, foundation: Foundation): Operations => {
  const { settings, bots, log, newId, version, instance } = dependencies;
  const { breakers, queueBreakers, secrets, store } = foundation;
  const queues = [...bots.map(({ queue }) => queue), archiveBacklogQueue];
  const secretNames = [...settings.providers.map(webhookSecretName), adminTokenSecretName];
  store.declare({
    provider: settings.providers,
    breaker: [...Object.keys(breakers), ...queues.map(queueBreakerName)],
    secret: secretNames,
    command: operatorCommands,
    code: Object.keys(problemCatalogue),
  });
  const audit = createAudit({ log, metrics: store });
  const operator = createOperatorEndpoint({ authorize: createAuthorizeOperator(secrets), audit, newId });
  const ports = { breakers: () => [...Object.values(breakers), ...queueBreakers], version, instance };
  const events = createEventPorts(dependencies, foundation);
  const setGauges = createSetGauges({ ...ports, secretNames, isSecretCached: secrets.isCached });
  return {
    breakerHealth: createBreakerHealth(ports),
    resetBreakers: operator('reset-circuit-breakers', createResetBreakers(ports)),
    resetBreaker: operator('reset-circuit-breaker', createResetBreaker(ports)),
    changeBreaker: operator('change-circuit-breaker', createChangeBreaker(ports)),
    showEvent: operator('show-event', createShowEvent(events)),
    replayEvent: operator('replay-event', createReplayEvent(events)),
    replayEvents: operator('replay-events', createReplayEvents(events)),
    metrics: createMetricsEndpoint(createPrometheusText({ store, setGauges, instance })),
  };
};

/** Joins the parts. Does no I/O; starts nothing. */
export const createApp = (dependencies: Dependencies): App => {
  const { settings, clock, probes, version, instance } = dependencies;
  const foundation = createFoundation(dependencies);
  const { breakers, secrets, store } = foundation;
  const operations = createOperations(dependencies, foundation);
  const secretsUsable = () => settings.providers.every((provider) => secrets.isCached(webhookSecretName(provider)));
  const outbox = createOutboxFigures({ store: dependencies.outbox, circuit: breakers['blob-storage'], clock });
  const deepHealth = createDeepHealth({ breakers, probes, secretsUsable, outbox, clock, version, instance });
  const inside = insideInvocation(dependencies.log, store);
  return {
    receiveWebhook: inside(createWebhookHandler(dependencies, foundation)),
    validateWebhook: inside(createValidationHandler(dependencies, foundation)),
    liveness: inside(liveness),
    readiness: inside(createReadiness(dependencies.buildClients)),
    deepHealth: inside(createDeepHealthEndpoint(deepHealth)),
    breakerHealth: inside(operations.breakerHealth),
    resetBreakers: inside(operations.resetBreakers),
    resetBreaker: inside(operations.resetBreaker),
    changeBreaker: inside(operations.changeBreaker),
    metrics: inside(operations.metrics),
    showEvent: inside(operations.showEvent),
    replayEvent: inside(operations.replayEvent),
    replayEvents: inside(operations.replayEvents),
    drainOutbox: createDrainHandler(dependencies, foundation),
  };
};
