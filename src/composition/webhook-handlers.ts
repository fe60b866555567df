import { createReportConflict } from '../archive/guarded-archive.js';
import { guardedBatches } from '../batches/batch-store.js';
import { createBytesInFlight } from '../http/arriving-body.js';
import { createReceiveWebhook, type HttpHandler } from '../http/receive-webhook.js';
import { createRefuseMethod } from '../http/refuse-method.js';
import { createValidateWebhook } from '../http/validate-webhook.js';
import { createIngest, type Ingest } from '../ingest/ingest.js';
import { KeptEvents } from '../ingest/ingest-batch.js';
import type { OnOwed } from '../ingest/persist.js';
import { breakerElseGate } from '../last-resort/breaker-else-gate.js';
import { createStartLaps } from '../observability/metrics/metrics-store.js';
import { createProviderLookup } from '../providers/built-in.js';
import type { Quarantine } from '../quarantine/quarantine.js';
import { createBotMatcher } from '../routing/match-bots.js';
import { webhookSecretName } from '../secrets/secrets.js';
import type { Foundation } from './foundation.js';

/** What only a request has. */
interface Beside {
  readonly quarantine?: Quarantine | undefined;
  /** Told when something was written down. */
  readonly onOwed?: OnOwed | undefined;
  readonly waited?: boolean;
}

/** The way of a delivery; given a quarantine, those that cannot be verified are written down there. */
export const createAppIngest = (
  foundation: Foundation,
  { quarantine, onOwed, waited = false }: Beside = {},
): Ingest => {
  const {
    dependencies,
    breakers,
    bodies,
    accounts,
    namespaces,
    secrets,
    secretUse,
    allowedSources,
    failures,
    inOrder,
    lastResort,
    metrics,
    patience,
    storesFor,
  } = foundation;
  const { settings, clock } = dependencies;
  const startLaps = createStartLaps({ metrics, clock });
  return createIngest({
    clock,
    secrets,
    secretUse,
    allowedSources,
    failures,
    ...(quarantine !== undefined && { quarantine }),
    ...(onOwed !== undefined && { onOwed }),
    archive: accounts.archiveHere,
    outbox: inOrder.outbox,
    lastResort,
    patience,
    ...(storesFor !== undefined && { storesFor }),
    batches: guardedBatches(dependencies.batches, breakerElseGate(breakers['blob-storage'], accounts.each[0].gate)),
    sendPart: namespaces.sendElseGate,
    bodies,
    onConflict: createReportConflict({ log: dependencies.log, metrics }),
    waited,
    keptEvents: new KeptEvents(),
    serviceBusCircuit: namespaces.circuit,
    send: inOrder.send,
    matchBots: createBotMatcher(dependencies.bots),
    maxMessageBytes: settings.maxMessageBytes,
    requestBudgetMs: settings.requestBudgetMs,
    queueUnavailable: settings.queueUnavailable,
    startLaps,
  });
};

export const createWebhookHandler = (foundation: Foundation, onOwed?: OnOwed): HttpHandler => {
  const { dependencies, secrets, failures, metrics, scope } = foundation;
  const { settings, clock, log } = dependencies;
  const startLaps = createStartLaps({ metrics, clock });
  return createReceiveWebhook({
    ingest: createAppIngest(foundation, { quarantine: foundation.quarantine, onOwed }),
    findProvider: createProviderLookup(settings.providers, settings.ownProviders),
    maxPayloadBytes: settings.maxPayloadBytes,
    bytesInFlight: createBytesInFlight(settings.maxPayloadBytes),
    failures,
    isSecretKnown: (provider) => secrets.isCached(webhookSecretName(provider)),
    clock,
    newId: dependencies.newId,
    log,
    lastReason: foundation.lastReason,
    metrics,
    startLaps,
    presence: foundation.presence,
    traceparent: scope.traceparent,
  });
};

export const createValidationHandler = ({ dependencies, metrics }: Foundation): HttpHandler => {
  const { providers, ownProviders, allowedOrigins } = dependencies.settings;
  const findProvider = createProviderLookup(providers, ownProviders);
  return createValidateWebhook({ ...dependencies, findProvider, allowedOrigins, metrics });
};

export const createMethodRefusal = ({ dependencies, metrics }: Foundation): HttpHandler => {
  const { providers, ownProviders } = dependencies.settings;
  return createRefuseMethod({ ...dependencies, findProvider: createProviderLookup(providers, ownProviders), metrics });
};
