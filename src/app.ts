import { AsyncLocalStorage } from 'node:async_hooks';
import type { ArchiveError } from './archive/archive-error.js';
import { classifyArchiveError } from './archive/classify-archive-error.js';
import { guardedArchive } from './archive/guarded-archive.js';
import type { ArchivedPayload, PayloadArchive } from './archive/payload-archive.js';
import { CircuitBreaker } from './circuit-breaker/circuit-breaker.js';
import type { Clock } from './circuit-breaker/clock.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from './circuit-breaker/presets.js';
import { createDeepHealth } from './health/deep-health.js';
import type { Probe } from './health/probe.js';
import { createDeepHealthEndpoint, createReadiness, liveness } from './http/health-endpoints.js';
import { problem } from './http/problems.js';
import { createReceiveWebhook, type HttpHandler } from './http/receive-webhook.js';
import { createIngest } from './ingest/ingest.js';
import type { InvocationLog } from './observability/invocation-log.js';
import { createTransitionLog } from './observability/transition-log.js';
import { createProviderLookup } from './providers/select-providers.js';
import type { Bot } from './routing/bot.js';
import { classifyQueueError } from './routing/classify-queue-error.js';
import type { EventQueue } from './routing/event-queue.js';
import { createBotMatcher } from './routing/match-bots.js';
import type { QueueError } from './routing/queue-error.js';
import { guardedSend } from './routing/route-event.js';
import { type CachedSecrets, createCachedSecrets } from './secrets/cached-secrets.js';
import { classifySecretError } from './secrets/classify-secret-error.js';
import { refuseDevelopmentSecret } from './secrets/development-secrets.js';
import type { SecretError } from './secrets/secret-error.js';
import { webhookSecretName } from './secrets/secret-names.js';
import type { SecretStore, SecretVersion } from './secrets/secret-store.js';
import type { Settings } from './settings/settings.js';

/** All that touches the outside world, made in `src/azure.ts` for production and from memory adapters in tests. */
export interface Dependencies {
  readonly settings: Settings;
  readonly bots: readonly Bot[];
  readonly archive: PayloadArchive;
  readonly queue: EventQueue;
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
  readonly liveness: HttpHandler;
  readonly readiness: HttpHandler;
  readonly deepHealth: HttpHandler;
}

interface Breakers {
  readonly 'service-bus': CircuitBreaker<void, QueueError>;
  readonly 'blob-storage': CircuitBreaker<ArchivedPayload, ArchiveError>;
  readonly 'key-vault': CircuitBreaker<readonly SecretVersion[], SecretError>;
}

/** The three breakers of REQ-009. Every transition leaves one log line, written where the call that caused it ran. */
const createBreakers = ({ settings, clock, log }: Dependencies): Breakers => {
  const common = { clock, onTransition: createTransitionLog(log), captureContext: () => AsyncLocalStorage.snapshot() };
  const { serviceBus, blobStorage, keyVault } = settings.circuitBreakers;
  return {
    'service-bus': new CircuitBreaker({
      ...common,
      name: 'service-bus',
      options: { ...serviceBusBreakerOptions, ...serviceBus },
      classify: classifyQueueError,
    }),
    'blob-storage': new CircuitBreaker({
      ...common,
      name: 'blob-storage',
      options: { ...blobStorageBreakerOptions, ...blobStorage },
      classify: classifyArchiveError,
    }),
    'key-vault': new CircuitBreaker({
      ...common,
      name: 'key-vault',
      options: { ...keyVaultBreakerOptions, ...keyVault },
      classify: classifySecretError,
    }),
  };
};

const createSecrets = ({ settings, secretStore, clock, log }: Dependencies, breakers: Breakers): CachedSecrets =>
  createCachedSecrets({
    store: secretStore,
    breaker: breakers['key-vault'],
    clock,
    log,
    refreshMs: settings.secretRefreshMs,
    maxStaleMs: settings.secretMaxStaleMs,
    ...(settings.development ? {} : { refuse: refuseDevelopmentSecret }),
  });

/** Runs a handler so that all it logs belongs to its invocation, and a bug in it leaves as a bare 500. */
const insideInvocation =
  (log: InvocationLog, handler: HttpHandler): HttpHandler =>
  (request, context) =>
    log.run(context, async () => {
      try {
        return await handler(request, context);
      } catch (bug) {
        log.write('error', 'request.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        return problem('InternalError', { detail: 'The request was not processed. Send it again later.' });
      }
    });

/** Joins the parts. Does no I/O; starts nothing. */
export const createApp = (dependencies: Dependencies): App => {
  const { settings, clock, log } = dependencies;
  const breakers = createBreakers(dependencies);
  const secrets = createSecrets(dependencies, breakers);
  const ingest = createIngest({
    clock,
    secrets,
    archive: guardedArchive(dependencies.archive, breakers['blob-storage']),
    send: guardedSend(dependencies.queue, breakers['service-bus']),
    matchBots: createBotMatcher(dependencies.bots),
    newHex: dependencies.newHex,
    maxMessageBytes: settings.maxMessageBytes,
    requestBudgetMs: settings.requestBudgetMs,
  });
  const receiveWebhook = createReceiveWebhook({
    ingest,
    findProvider: createProviderLookup(settings.providers),
    maxPayloadBytes: settings.maxPayloadBytes,
    clock,
    newId: dependencies.newId,
    log,
  });
  const deepHealth = createDeepHealth({
    breakers,
    probes: dependencies.probes,
    secretsUsable: () => settings.providers.every((provider) => secrets.isCached(webhookSecretName(provider))),
    clock,
    version: dependencies.version,
    instance: dependencies.instance,
  });
  return {
    receiveWebhook: insideInvocation(log, receiveWebhook),
    liveness: insideInvocation(log, liveness),
    readiness: insideInvocation(log, createReadiness(dependencies.buildClients)),
    deepHealth: insideInvocation(log, createDeepHealthEndpoint(deepHealth)),
  };
};
