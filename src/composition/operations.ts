import { archiveBacklogQueue } from '../archive/archive-backlog.js';
import { guardedList, guardedRead } from '../archive/guarded-archive.js';
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
import { createMetricsEndpoint } from '../http/metrics-endpoint.js';
import { createOperatorEndpoint } from '../http/operator-endpoint.js';
import { problemCatalogue } from '../http/problems.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import { createPrometheusText } from '../observability/prometheus-text.js';
import { createAudit, operatorCommands } from '../operations/audit.js';
import { createAuthorizeOperator } from '../operations/authorize-operator.js';
import { createSetGauges } from '../operations/set-gauges.js';
import { queueBreakerName } from '../routing/isolated-send.js';
import { createBotMatcher } from '../routing/match-bots.js';
import { secretNamesOf } from '../secrets/secret-names.js';
import type { Foundation } from './foundation.js';

/** What operators ask of events, and do with them. */
const createEventPorts = ({ dependencies, breakers, outbox, sendOnce }: Foundation): EventEndpointPorts => ({
  outbox,
  list: guardedList(dependencies.archive, breakers['blob-storage']),
  readPayload: guardedRead(dependencies.archive, breakers['blob-storage']),
  send: sendOnce,
  matchBots: createBotMatcher(dependencies.bots),
  maxMessageBytes: dependencies.settings.maxMessageBytes,
  clock: dependencies.clock,
  providers: dependencies.settings.providers,
  bots: dependencies.bots.map(({ name }) => name),
});

/** The handlers of what operators see and command. */
export interface Operations {
  readonly breakerHealth: HttpHandler;
  readonly resetBreakers: HttpHandler;
  readonly resetBreaker: HttpHandler;
  readonly changeBreaker: HttpHandler;
  readonly metrics: HttpHandler;
  readonly showEvent: HttpHandler;
  readonly replayEvent: HttpHandler;
  readonly replayEvents: HttpHandler;
  readonly replayDeadLetters: HttpHandler;
}

/** The metrics know every name that the configuration allows before its first event. */
export const createOperations = (foundation: Foundation): Operations => {
  const { dependencies, breakers, registry, secrets, store, metrics, outbox } = foundation;
  const { settings, bots, clock, log, newId, version, instance } = dependencies;
  const queues = [...bots.map(({ queue }) => queue), archiveBacklogQueue];
  const secretNames = secretNamesOf(settings.providers);
  store.declare({
    provider: settings.providers,
    breaker: [...Object.keys(breakers), ...queues.map(queueBreakerName)],
    secret: secretNames,
    command: operatorCommands,
    code: Object.keys(problemCatalogue),
  });
  const audit = createAudit({ log, metrics });
  const operator = createOperatorEndpoint({ authorize: createAuthorizeOperator(secrets), audit, newId });
  const ports = { breakers: () => [...registry], version, instance };
  const events = createEventPorts(foundation);
  const setGauges = createSetGauges({ ...ports, secretNames, isSecretCached: secrets.isCached });
  return {
    breakerHealth: createBreakerHealth(ports),
    resetBreakers: operator('reset-circuit-breakers', createResetBreakers(ports)),
    resetBreaker: operator('reset-circuit-breaker', createResetBreaker(ports)),
    changeBreaker: operator('change-circuit-breaker', createChangeBreaker(ports)),
    showEvent: operator('show-event', createShowEvent(events)),
    replayEvent: operator('replay-event', createReplayEvent(events)),
    replayEvents: operator('replay-events', createReplayEvents(events)),
    replayDeadLetters: operator('replay-dead-letters', createReplayDeadLetters({ outbox, clock, log, bots })),
    metrics: createMetricsEndpoint(createPrometheusText({ store, setGauges, instance })),
  };
};
