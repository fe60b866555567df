import { guardedArchive } from '../archive/guarded-archive.js';
import { createReceiveWebhook, type HttpHandler } from '../http/receive-webhook.js';
import { createValidateWebhook } from '../http/validate-webhook.js';
import { createAuthenticationFailures } from '../ingest/authentication-failures.js';
import { KeptEvents } from '../ingest/batch/kept-events.js';
import { createIngest } from '../ingest/ingest.js';
import { createStartLaps, timedStage } from '../observability/stage-laps.js';
import { createProviderLookup } from '../providers/select-providers.js';
import { createBotMatcher } from '../routing/match-bots.js';
import type { Foundation } from './foundation.js';

export const createWebhookHandler = (foundation: Foundation): HttpHandler => {
  const { dependencies, breakers, batches, secrets, secretUse, allowedSources, inOrder, metrics, scope } = foundation;
  const { settings, clock, log } = dependencies;
  const startLaps = createStartLaps({ metrics, clock });
  const ingest = createIngest({
    clock,
    secrets,
    secretUse,
    allowedSources,
    failures: createAuthenticationFailures({ clock }),
    archive: timedStage(startLaps, 'archive', guardedArchive(dependencies.archive, breakers['blob-storage'])),
    outbox: inOrder.outbox,
    batches,
    keptEvents: new KeptEvents(),
    serviceBusCircuit: breakers['service-bus'],
    send: timedStage(startLaps, 'route', inOrder.send),
    matchBots: createBotMatcher(dependencies.bots),
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
    metrics,
    startLaps,
    traceparent: scope.traceparent,
  });
};

export const createValidationHandler = ({ dependencies, metrics }: Foundation): HttpHandler => {
  const { providers, ownProviders, allowedOrigins } = dependencies.settings;
  const findProvider = createProviderLookup(providers, ownProviders);
  return createValidateWebhook({ ...dependencies, findProvider, allowedOrigins, metrics });
};
