import type { ArchiveError } from './archive/archive-error.js';
import { classifyArchiveError } from './archive/classify-archive-error.js';
import { guardedArchive } from './archive/guarded-archive.js';
import type { ArchivedPayload, PayloadArchive } from './archive/payload-archive.js';
import { CircuitBreaker } from './circuit-breaker/circuit-breaker.js';
import { blobStorageBreakerOptions, keyVaultBreakerOptions, serviceBusBreakerOptions } from './circuit-breaker/presets.js';
import type { Clock } from './circuit-breaker/clock.js';
import { createDeepHealth } from './health/deep-health.js';
import type { Probe } from './health/probe.js';
import { createDeepHealthEndpoint, createReadiness, liveness } from './http/health-endpoints.js';
import { createReceiveWebhook, type HttpHandler } from './http/receive-webhook.js';
import { createIngest } from './ingest/ingest.js';
import type { InvocationLog } from './observability/invocation-log.js';
import { createProviderLookup } from './providers/select-providers.js';
import type { Bot } from './routing/bot.js';
import { classifyQueueError } from './routing/classify-queue-error.js';
import type { EventQueue } from './routing/event-queue.js';
import { createBotMatcher } from './routing/match-bots.js';
import type { QueueError } from './routing/queue-error.js';
import { guardedSend } from './routing/route-event.js';
import { createCachedSecrets } from './secrets/cached-secrets.js';
import { classifySecretError } from './secrets/classify-secret-error.js';
import type { SecretError } from './secrets/secret-error.js';
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
