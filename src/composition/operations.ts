import { createAllDeliveries } from '../archive-index/all-deliveries.js';
import { ArchivedDays } from '../archive-index/archived-days.js';
import { IndexReader } from '../archive-index/newest-deliveries.js';
import { type FaultReason, faultReasons } from '../faults/fault-reason.js';
import {
  createBreakerHealth,
  createChangeBreaker,
  createResetBreaker,
  createResetBreakers,
} from '../http/circuit-breaker-endpoints.js';
import { createReplayDeadLetters } from '../http/dead-letter-endpoints.js';
import {
  createReplayEvent,
  createReplayEvents,
  createShowEvent,
  type EventEndpointPorts,
} from '../http/event-endpoints.js';
import { createMetricsEndpoint } from '../http/health-endpoints.js';
import { createListEvents, createListRecords } from '../http/list-endpoints.js';
import { createOperatorEndpoint, type OperatorHandler } from '../http/operator-endpoint.js';
import { problemCatalogue } from '../http/problems.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import { createReconcileEndpoint } from '../http/reconcile-endpoint.js';
import { createSimulateEvents, type ReadBotsText } from '../http/simulate-endpoint.js';
import type { MetricsStore } from '../observability/metrics/metrics-store.js';
import { createPrometheusText } from '../observability/metrics/prometheus-text.js';
import { createSetGauges } from '../observability/metrics/set-gauges.js';
import { createAudit } from '../operations/audit.js';
import { createAuthorizeOperator } from '../operations/authorize-operator.js';
import { keptRecords } from '../operations/kept-records.js';
import type { ReadRecord } from '../operations/list-records.js';
import { createRecordNames } from '../operations/record-names.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import { createBotMatcher } from '../routing/match-bots.js';
import { queueBreakerName } from '../routing/route-event.js';
import { secretNamesOf } from '../secrets/secrets.js';
import { describeProblem } from '../settings/problem.js';
import { readBots } from '../settings/read-bots.js';
import { type CommandHandler, type HandlerName, operatorCommands } from './endpoints.js';
import type { Foundation } from './foundation.js';
import type { ReconcileHandlers } from './reconcile-handler.js';
import type { BreakerSharing } from './shared-breakers.js';

/** What operators ask of events, and do with them. */
const createEventPorts = ({ dependencies, accounts, sendOnce, isAccepted }: Foundation): EventEndpointPorts => ({
  accountsOf: (archiveNames) => {
    const holding = accounts.holding(archiveNames);
    return { outbox: accounts.outboxOf(holding), listPresences: holding[0]?.presences?.list, isAccepted };
  },
  lists: accounts.lists,
  list: accounts.list,
  readPayload: accounts.readBy(({ breaker }) => breaker),
  send: sendOnce,
  matchBots: createBotMatcher(dependencies.bots),
  maxMessageBytes: dependencies.settings.maxMessageBytes,
  clock: dependencies.clock,
  providers: dependencies.settings.providers,
  bots: dependencies.bots.map(({ name }) => name),
});

/** Parts of the index through the storage breaker; without an index the archive alone answers. */
const createNewest = ({ dependencies, accounts, breakers, index }: Foundation) => {
  const { archiveIndex, clock } = dependencies;
  const storage = breakers['blob-storage'];
  const archived = new ArchivedDays({ list: accounts.list, clock });
  const nowhere = { write: async () => {}, list: async () => ({ names: [] }), read: async () => Buffer.alloc(0) };
  const own = index ?? { waiting: [], written: [] };
  const reader = new IndexReader({ store: archiveIndex ?? nowhere, storage, own, clock });
  return createAllDeliveries({ index: reader, archived, clock });
};

/** What operators are shown as lists. */
const createLists = (foundation: Foundation) => {
  const { dependencies, outbox, accounts } = foundation;
  const { clock, settings, bots: all } = dependencies;
  const bots = all.map(({ name }) => name);
  const readOwed: ReadRecord = async ({ name }) => {
    const reading = await outbox.read(name, listTimeoutMs);
    if (!reading.ok) return reading;
    return { ok: true, value: typeof reading.value === 'string' ? reading.value : reading.value.record };
  };
  const readDead: ReadRecord = async ({ name }) => {
    const reading = await outbox.readDeadLetter(name, listTimeoutMs);
    if (!reading.ok) return reading;
    return { ok: true, value: typeof reading.value === 'string' ? reading.value : reading.value.letter };
  };
  const looks = { clock, changes: accounts.outboxChanges };
  const owed = { names: createRecordNames({ ...looks, list: outbox.list }), read: keptRecords(readOwed) };
  const dead = { names: createRecordNames({ ...looks, list: outbox.listDeadLetters }), read: keptRecords(readDead) };
  const deliveries = {
    newest: createNewest(foundation),
    providers: settings.providers,
    outbox: owed,
    deadLetters: dead,
    matchBots: createBotMatcher(all),
    clock,
  };
  return {
    events: createListEvents({ deliveries, clock, bots }),
    outbox: createListRecords({ ...owed, clock, bots, called: 'records' }),
    deadLetters: createListRecords({ ...dead, clock, bots, called: 'deadLetters' }),
  };
};

const listTimeoutMs = 8_000;

/** By the rules that a `bots.json` is read with at start. */
const readBotsText: ReadBotsText = (text) => {
  const reading = readBots(text);
  if (reading.ok) return reading;
  const errors = reading.problems.map((problem) => ({ field: problem.path, detail: describeProblem(problem) }));
  return { ok: false, errors };
};

/** What answers requests, by the names of the endpoint table. One that only operators may ask cannot be without the admin token. */
export type Handlers = { readonly [H in HandlerName]: H extends CommandHandler ? OperatorHandler<H> : HttpHandler };

/** The handlers of what operators see and command. */
export type Operations = Pick<Handlers, CommandHandler | 'breakerHealth' | 'metrics'>;

/** What a queue's own breaker counts. */
const queueReasons = ['not-found', 'disabled', 'full', 'unauthorized'] as const satisfies readonly FaultReason[];

/** The failures that there can be, so that the first of each is seen. */
const declareFailures = (store: MetricsStore, services: readonly string[], queues: readonly string[]): void => {
  const declare = (breaker: string, reason: FaultReason) =>
    store.count('breakwater_dependency_failures_total', { breaker, reason }, 0);
  for (const breaker of services) for (const reason of faultReasons) declare(breaker, reason);
  for (const queue of queues) for (const reason of queueReasons) declare(queueBreakerName(queue), reason);
};

/** What is loaded only where it is switched on. */
interface Optional {
  readonly runReconcile: ReconcileHandlers['run'];
  /** Tells other instances of a command. */
  readonly shareCommand: BreakerSharing['share'] | undefined;
}

/** The metrics know every name that the configuration allows before its first event. */
export const createOperations = (
  foundation: Foundation,
  { runReconcile, shareCommand: share }: Optional,
): Operations => {
  const { dependencies, breakers, registry, secrets, store, metrics, outbox } = foundation;
  const { settings, bots, clock, log, newId, version, instance } = dependencies;
  const queues = [...bots.map(({ queue }) => queue), archiveBacklogQueue];
  const secretNames = secretNamesOf(settings.providers);
  store.declare({
    provider: settings.providers,
    breaker: [
      ...new Set(settings.reconcile?.hooks.map(({ sender }) => `${sender}-api`)),
      ...Object.keys(breakers),
      ...queues.map(queueBreakerName),
    ],
    secret: secretNames,
    command: operatorCommands,
    code: Object.keys(problemCatalogue),
  });
  declareFailures(store, Object.keys(breakers), queues);
  const audit = createAudit({ log, metrics });
  const operator = createOperatorEndpoint({ authorize: createAuthorizeOperator(secrets), audit, newId, clock });
  const ports = { breakers: () => [...registry], gates: foundation.gates, version, instance, share };
  const events = createEventPorts(foundation);
  const lists = createLists(foundation);
  const setGauges = createSetGauges({
    ...ports,
    secretNames,
    isSecretCached: secrets.isCached,
    bots: bots.map(({ name }) => name),
    stocks: foundation.stocks,
  });
  return {
    breakerHealth: createBreakerHealth(ports),
    resetCircuitBreakers: operator('resetCircuitBreakers', createResetBreakers(ports)),
    resetCircuitBreaker: operator('resetCircuitBreaker', createResetBreaker(ports)),
    changeCircuitBreaker: operator('changeCircuitBreaker', createChangeBreaker(ports)),
    showEvent: operator('showEvent', createShowEvent(events)),
    listEvents: operator('listEvents', lists.events, { polled: true }),
    listOutbox: operator('listOutbox', lists.outbox, { polled: true }),
    listDeadLetters: operator('listDeadLetters', lists.deadLetters, { polled: true }),
    simulateEvents: operator('simulateEvents', createSimulateEvents({ ...events, bots, readBots: readBotsText })),
    replayEvent: operator('replayEvent', createReplayEvent(events)),
    replayEvents: operator('replayEvents', createReplayEvents(events)),
    replayDeadLetters: operator('replayDeadLetters', createReplayDeadLetters({ outbox, clock, log, bots })),
    reconcile: operator('reconcile', createReconcileEndpoint(runReconcile)),
    metrics: createMetricsEndpoint(createPrometheusText({ store, setGauges, instance })),
  };
};
