import { randomBytes, randomUUID } from 'node:crypto';
import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import type { ServiceBusClient } from '@azure/service-bus';
import type { BlobServiceClient } from '@azure/storage-blob';
import type { Dependencies } from './app/dependencies.js';
import { archiveBacklogQueue } from './archive/archive-backlog.js';
import { createBlobPayloadArchive } from './archive/blob-payload-archive.js';
import { createRandomHex } from './envelope/random-hex.js';
import { createInvocationLog } from './observability/invocation-log.js';
import { createLazyTelemetry } from './observability/lazy-telemetry.js';
import type { Log } from './observability/log.js';
import { sampledTelemetry } from './observability/sampled-telemetry.js';
import type { Telemetry } from './observability/telemetry.js';
import { createBlobOutboxStore } from './outbox/blob-outbox-store.js';
import { createServiceBusBacklogSource } from './outbox/service-bus-backlog-source.js';
import type { Bot } from './routing/bot.js';
import { createServiceBusEventQueue } from './routing/service-bus-event-queue.js';
import { createEmulatorCredential, isLoopbackVault } from './secrets/emulator-credential.js';
import { createKeyVaultSecretStore } from './secrets/key-vault-secret-store.js';
import { createMemorySecretStore } from './secrets/memory-secret-store.js';
import { webhookSecretName } from './secrets/secret-names.js';
import type { SecretStore } from './secrets/secret-store.js';
import type { Settings, TelemetrySettings } from './settings/settings.js';
import { createBlobPublishedListStore } from './source-ranges/blob-published-list-store.js';
import { downloadText } from './source-ranges/download-text.js';
import { systemClock } from './system-clock.js';

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

/** Where each store lies in the storage account. */
const containers = {
  archive: 'webhook-payloads',
  outbox: 'webhook-outbox',
  deadLetters: 'webhook-dead-letters',
} as const;

/** Beside the payloads, whose names begin with a provider and a date. */
const publishedListName = 'source-ranges/github-meta.json';

/** Makes a client at its first use and only once; a failure is not remembered. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((fault: unknown) => {
      made = undefined;
      throw fault;
    });
    return made;
  };
};

const credentialFor = async (managedIdentityClientId: string | undefined): Promise<TokenCredential> => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential(managedIdentityClientId === undefined ? {} : { managedIdentityClientId });
};

/** Three tries inside the storage share of the request budget. */
const storageRetries = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 } as const;

const buildBlobService = async ({ payloadStorage }: Settings): Promise<BlobServiceClient> => {
  const { BlobServiceClient: Client } = await import('@azure/storage-blob');
  const options = { retryOptions: storageRetries };
  if (payloadStorage.kind === 'connection-string') {
    return Client.fromConnectionString(payloadStorage.connectionString, options);
  }
  const { blobServiceUri, managedIdentityClientId } = payloadStorage;
  return new Client(blobServiceUri, await credentialFor(managedIdentityClientId), options);
};

/** Five tries, exponential, inside the routing share of the request budget. */
const serviceBusRetries = { maxRetries: 5, retryDelayInMs: 100, maxRetryDelayInMs: 1_000, timeoutInMs: 5_000 } as const;

const buildServiceBusClient = async ({ serviceBus }: Settings): Promise<ServiceBusClient> => {
  const { RetryMode, ServiceBusClient: Client } = await import('@azure/service-bus');
  const options = { retryOptions: { ...serviceBusRetries, mode: RetryMode.Exponential } };
  if (serviceBus.kind === 'connection-string') return new Client(serviceBus.connectionString, options);
  const credential = await credentialFor(serviceBus.managedIdentityClientId);
  return new Client(serviceBus.fullyQualifiedNamespace, credential, options);
};

const buildSecretClient = async (
  vaultUri: string,
  managedIdentityClientId: string | undefined,
): Promise<SecretClient> => {
  const { SecretClient: Client } = await import('@azure/keyvault-secrets');
  const retryOptions = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  return isLoopbackVault(vaultUri)
    ? new Client(vaultUri, createEmulatorCredential(), { retryOptions, disableChallengeResourceVerification: true })
    : new Client(vaultUri, await credentialFor(managedIdentityClientId), { retryOptions });
};

interface SecretSource {
  readonly store: SecretStore;
  readonly build: () => Promise<unknown>;
}

const createSecretSource = ({ keyVault }: Settings): SecretSource => {
  if (keyVault.kind === 'settings') return { store: createMemorySecretStore(keyVault.secrets), build: async () => {} };
  const client = once(() => buildSecretClient(keyVault.vaultUri, keyVault.managedIdentityClientId));
  return { store: createKeyVaultSecretStore(client, systemClock), build: client };
};

const loadTelemetry = async (
  { connectionString, identity }: TelemetrySettings,
  facts: ProcessFacts,
): Promise<Telemetry> => {
  const { createApplicationInsights } = await import('./observability/application-insights.js');
  const credential = identity && (await credentialFor(identity.managedIdentityClientId));
  return createApplicationInsights({ connectionString, credential, role: 'breakwater', ...facts });
};

/** `undefined` when no setting says where telemetry goes; then nothing of it is ever loaded. */
const createTelemetry = ({ telemetry }: Settings, facts: ProcessFacts, log: Log): Telemetry | undefined => {
  if (telemetry === undefined) return undefined;
  const load = () => loadTelemetry(telemetry, facts);
  return sampledTelemetry(createLazyTelemetry({ load, clock: systemClock, log }), telemetry.samplingPercent);
};

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
  const telemetry = createTelemetry(settings, facts, log);
  const storage = once(() => buildBlobService(settings));
  const container = (name: string) => async () => (await storage()).getContainerClient(name);
  const serviceBus = once(() => buildServiceBusClient(settings));
  const archive = createBlobPayloadArchive(container(containers.archive));
  const queue = createServiceBusEventQueue(serviceBus);
  const secrets = createSecretSource(settings);
  const probedSecret = webhookSecretName(settings.providers[0] ?? 'github');
  return {
    settings,
    bots,
    archive,
    outbox: createBlobOutboxStore({
      records: container(containers.outbox),
      deadLetters: container(containers.deadLetters),
    }),
    queue,
    backlog: createServiceBusBacklogSource(serviceBus),
    secretStore: secrets.store,
    publishedLists: createBlobPublishedListStore(container(containers.archive), publishedListName),
    downloadGithubMeta: () => downloadText({ url: settings.githubMetaUrl, clock: systemClock }),
    buildClients: async () => void (await Promise.all([storage(), serviceBus(), secrets.build()])),
    probes: {
      'blob-storage': (signal) => archive.read('health/probe', signal),
      'service-bus': (signal) => queue.probe(bots[0]?.queue ?? archiveBacklogQueue, signal),
      'key-vault': (signal) => secrets.store.liveVersions(probedSecret, signal),
    },
    clock: systemClock,
    log,
    ...(telemetry !== undefined && { telemetry }),
    newId: randomUUID,
    newHex: createRandomHex(randomBytes),
    version: facts.version,
    instance: facts.instance,
    close: async () => void (await Promise.allSettled([telemetry?.flush(), queue.close()])),
  };
};
