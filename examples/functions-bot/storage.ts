import { ManagedIdentityCredential } from '@azure/identity';
import { BlobClient, BlobServiceClient } from '@azure/storage-blob';
import { createBlobSeen, type Download, type Seen } from 'breakwater/consumer';

type Settings = Readonly<Record<string, string | undefined>>;

const identity = (settings: Settings, connection: string): ManagedIdentityCredential =>
  new ManagedIdentityCredential({ clientId: settings[`${connection}__clientId`] ?? '' });

/** A storage account as the Functions host names it: a connection string, or its endpoint and the app's identity. */
const accountOf = (settings: Settings, connection: string): BlobServiceClient => {
  const connectionString = settings[connection];
  if (connectionString) return BlobServiceClient.fromConnectionString(connectionString);
  const endpoint =
    settings[`${connection}__blobServiceUri`] ??
    `https://${settings[`${connection}__accountName`]}.blob.core.windows.net`;
  return new BlobServiceClient(endpoint, identity(settings, connection));
};

/** Reads claim checks from Breakwater's archive (`ArchiveStorage`), whichever of its accounts they are in. */
export const openArchive = (settings: Settings): Download => {
  const credential = settings['ArchiveStorage']
    ? BlobServiceClient.fromConnectionString(settings['ArchiveStorage']).credential
    : identity(settings, 'ArchiveStorage');
  return (url) => new BlobClient(url, credential).downloadToBuffer();
};

/** Remembers what was worked on in a container of the bot's own storage, which is made when it is first asked. */
export const openSeen = (settings: Settings, containerName: string): Seen => {
  const container = accountOf(settings, 'AzureWebJobsStorage').getContainerClient(containerName);
  const seen = createBlobSeen(container);
  let ready: Promise<unknown> | undefined;
  const whenReady = (): Promise<unknown> => {
    ready ??= container.createIfNotExists().catch((fault: unknown) => {
      ready = undefined;
      throw fault;
    });
    return ready;
  };
  return {
    has: async (key) => {
      await whenReady();
      return seen.has(key);
    },
    add: (key) => seen.add(key),
  };
};
