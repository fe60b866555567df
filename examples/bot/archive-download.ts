import { DefaultAzureCredential } from '@azure/identity';
import { BlobClient, BlobServiceClient } from '@azure/storage-blob';
import type { Download } from '../../src/consumer/consumer.js';

/** Reads claim checks from the archive: with a connection string on one's own machine, with the bot's identity in Azure. */
export const createArchiveDownload = (connectionString: string | undefined): Download => {
  const credential =
    connectionString === undefined
      ? new DefaultAzureCredential()
      : BlobServiceClient.fromConnectionString(connectionString).credential;
  return (url) => new BlobClient(url, credential).downloadToBuffer();
};
