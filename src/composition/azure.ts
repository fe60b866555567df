import { randomBytes, randomUUID } from 'node:crypto';
import { createOneBlob } from '../archive/one-blob.js';
import { createBlobIndexStore } from '../archive-index/blob-index-store.js';
import { createBlobBatchStore } from '../batches/blob-batch-store.js';
import { createBlobBodyLog } from '../body-record/blob-body-log.js';
import { createRandomHex } from '../envelope/random-hex.js';
import { createInvocationLog, type Log } from '../observability/log/log.js';
import { createLazyTelemetry } from '../observability/telemetry/lazy-telemetry.js';
import { sampledTelemetry } from '../observability/telemetry/sampled-telemetry.js';
import type { Telemetry } from '../observability/telemetry/telemetry.js';
import { createServiceBusBacklogSource } from '../outbox/backlog/service-bus-backlog-source.js';
import { createTimerRuns, timerRunBlobName } from '../outbox/drain/timer-runs.js';
import { createBlobPresenceStore } from '../presence/blob-presence-store.js';
import { createBlobQuarantineStore } from '../quarantine/blob-quarantine-store.js';
import type { Bot } from '../routing/bot.js';
import { createKeyVaultSecretStore } from '../secrets/key-vault-secret-store.js';
import { createMemorySecretStore } from '../secrets/memory-secret-store.js';
import type { SecretStore } from '../secrets/secret-store.js';
import { webhookSecretName } from '../secrets/secrets.js';
import type { Settings, TelemetrySettings } from '../settings/settings.js';
import { createBlobPublishedListStore } from '../source-ranges/blob-published-list-store.js';
import { createDownload } from '../source-ranges/download-text.js';
import { appClock, systemClock } from '../time/clock.js';
import { containers, loadClients, openAccount, openNamespace, openShards, probedQueue } from './azure-shards.js';
import type { Dependencies } from './dependencies.js';
import { once } from './once.js';

/** What the entry file knows and the environment does not say. */
export interface ProcessFacts {
  readonly version: string;
  readonly instance: string;
  /** What the Functions host calls the app in telemetry; absent: `breakwater`. */
  readonly role?: string;
}

/** Production dependencies, and the way to close their connections. */
export interface AzureDependencies extends Dependencies {
  close(): Promise<void>;
}

/** Beside the payloads, whose names begin with a provider and a date. */
const publishedListName = 'source-ranges/github-meta.json';

interface SecretSource {
  readonly store: SecretStore;
  readonly build: () => Promise<unknown>;
}

const createSecretSource = ({ keyVault }: Settings): SecretSource => {
  if (keyVault.kind === 'settings') return { store: createMemorySecretStore(keyVault.secrets), build: async () => {} };
  const client = once(async () => (await loadClients()).buildSecretClient(keyVault));
  return { store: createKeyVaultSecretStore(client, systemClock), build: client };
};

const loadTelemetry =
  ({ connectionString, identity }: TelemetrySettings, facts: ProcessFacts) =>
  async (onFailure: (reason: string) => void): Promise<Telemetry> => {
    const { createApplicationInsights } = await import('../observability/telemetry/application-insights.js');
    const credential = identity && (await (await loadClients()).buildCredential(identity.managedIdentityClientId));
    return createApplicationInsights({ connectionString, credential, role: 'breakwater', ...facts, onFailure });
  };

/** Nothing of it is loaded before there is something to tell. */
const createTelemetry = (settings: TelemetrySettings, facts: ProcessFacts, log: Log): Telemetry =>
  sampledTelemetry(
    createLazyTelemetry({ load: loadTelemetry(settings, facts), clock: systemClock, log }),
    settings.samplingPercent,
  );

/**
 * The real world: one lazily loaded client per dependency and process, the system clock and randomness. Nothing is
 * connected, and no SDK is loaded, before the first use.
 */
export const createAzureDependencies = (
  settings: Settings,
  bots: readonly Bot[],
  facts: ProcessFacts,
): AzureDependencies => {
  const log = createInvocationLog(console);
  const telemetry = settings.telemetry && createTelemetry(settings.telemetry, facts, log);
  const makeBlob = once(async () => (await loadClients()).buildMakeBlob(systemClock));
  const { service: storage, container, archive, outbox } = openAccount(settings.payloadStorage, makeBlob);
  const queue = openNamespace(settings.serviceBus);
  const further = openShards(settings, makeBlob);
  const secrets = createSecretSource(settings);
  const process = randomUUID();
  const probedSecret = webhookSecretName(settings.providers[0] ?? 'github');
  return {
    settings,
    bots,
    archive,
    outbox,
    timerRuns: createTimerRuns(createOneBlob(container(containers.outbox), timerRunBlobName)),
    batches: createBlobBatchStore(container(containers.batches)),
    quarantine: createBlobQuarantineStore(container(containers.quarantine)),
    archiveIndex: createBlobIndexStore(container(containers.outbox)),
    bodyLog: createBlobBodyLog(container(containers.archive), `${facts.instance}-${process}`),
    presences: createBlobPresenceStore(container(containers.outbox)),
    sharedState: { kind: 'container', container: container(containers.outbox) },
    queue,
    backlog: createServiceBusBacklogSource(queue.client),
    bursts: further.bursts(queue),
    secretStore: secrets.store,
    reconcileContainer: container(containers.outbox),
    publishedLists: createBlobPublishedListStore(container(containers.archive), publishedListName),
    downloadGithubMeta: createDownload({ url: settings.githubMetaUrl, clock: systemClock }),
    buildClients: async () =>
      void (await Promise.all([storage(), makeBlob(), queue.client(), secrets.build(), ...further.clients()])),
    probes: {
      'blob-storage': (signal) => archive.read('health/probe', signal),
      'service-bus': (signal) => queue.probe(probedQueue(bots, settings, ''), signal),
      'key-vault': (signal) => secrets.store.liveVersions(probedSecret, signal),
    },
    ...further.shards({ bots, first: queue }),
    clock: appClock,
    log,
    drainsBetweenTimers: true,
    ...(telemetry !== undefined && { telemetry }),
    newId: randomUUID,
    newHex: createRandomHex(randomBytes),
    process,
    version: facts.version,
    instance: facts.instance,
    close: async () => void (await Promise.allSettled([telemetry?.flush(), queue.close(), ...further.close()])),
  };
};
