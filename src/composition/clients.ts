import type { TokenCredential } from '@azure/identity';
import type { SecretClient } from '@azure/keyvault-secrets';
import type { ServiceBusClient } from '@azure/service-bus';
import type { BlobServiceClient } from '@azure/storage-blob';
import type { MakeBlob } from '../archive/blob-container.js';
import type { MakeBlobParts } from '../archive/make-blob.js';
import { createEmulatorCredential, isLoopbackVault } from '../secrets/emulator-credential.js';
import type { Settings } from '../settings/settings.js';

/** The identity that the app runs under: the named one, else whatever `DefaultAzureCredential` finds. */
export const buildCredential = async (managedIdentityClientId: string | undefined): Promise<TokenCredential> => {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential(managedIdentityClientId === undefined ? {} : { managedIdentityClientId });
};

/** Three tries inside the storage share of the request budget. */
const storageRetries = { maxTries: 3, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 } as const;

/** The client of a storage account. */
export const buildBlobService = async (payloadStorage: Settings['payloadStorage']): Promise<BlobServiceClient> => {
  const { BlobServiceClient: Client } = await import('@azure/storage-blob');
  const options = { retryOptions: storageRetries };
  if (payloadStorage.kind === 'connection-string') {
    return Client.fromConnectionString(payloadStorage.connectionString, options);
  }
  const { blobServiceUri, managedIdentityClientId } = payloadStorage;
  return new Client(blobServiceUri, await buildCredential(managedIdentityClientId), options);
};

/** What puts payloads into their container. */
export const buildMakeBlob = async (clock: MakeBlobParts['clock']): Promise<MakeBlob> => {
  const { createMakeBlob } = await import('../archive/make-blob.js');
  return createMakeBlob({ retries: storageRetries, clock });
};

/**
 * Four tries within little more than a second: a connection that says nothing for two is taken for dead, and a refusal that comes after the
 * deadline would be told as a timeout.
 */
const serviceBusRetries = { maxRetries: 3, retryDelayInMs: 100, maxRetryDelayInMs: 1_000, timeoutInMs: 5_000 } as const;

/** The client of a namespace. */
export const buildServiceBusClient = async (serviceBus: Settings['serviceBus']): Promise<ServiceBusClient> => {
  const { RetryMode, ServiceBusClient: Client } = await import('@azure/service-bus');
  const options = { retryOptions: { ...serviceBusRetries, mode: RetryMode.Exponential } };
  if (serviceBus.kind === 'connection-string') return new Client(serviceBus.connectionString, options);
  const credential = await buildCredential(serviceBus.managedIdentityClientId);
  return new Client(serviceBus.fullyQualifiedNamespace, credential, options);
};

type Vault = Extract<Settings['keyVault'], { readonly kind: 'vault' }>;

/** The client of the vault; the stand-in, which has no identities to ask, gets a credential of its own. */
export const buildSecretClient = async ({ vaultUri, managedIdentityClientId }: Vault): Promise<SecretClient> => {
  const { SecretClient: Client } = await import('@azure/keyvault-secrets');
  const retryOptions = { maxRetries: 2, retryDelayInMs: 200, maxRetryDelayInMs: 1_000 };
  return isLoopbackVault(vaultUri)
    ? new Client(vaultUri, createEmulatorCredential(), { retryOptions, disableChallengeResourceVerification: true })
    : new Client(vaultUri, await buildCredential(managedIdentityClientId), { retryOptions });
};
