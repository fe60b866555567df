import { DefaultAzureCredential } from '@azure/identity';
import { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { createBlobSeen, type Seen } from '../../src/consumer/consumer.js';

interface Place {
  /** On one's own machine: the storage account. */
  readonly connectionString: string | undefined;
  /** In Azure: the bot's own container, which its identity may write. */
  readonly containerUrl: string | undefined;
}

const localContainer = 'seen-by-example-bot';

/** Remembers what was worked on in a container of the bot's own, which is made at the first start. */
export const openSeen = async ({ connectionString, containerUrl = '' }: Place): Promise<Seen> => {
  const container =
    connectionString === undefined
      ? new ContainerClient(containerUrl, new DefaultAzureCredential())
      : BlobServiceClient.fromConnectionString(connectionString).getContainerClient(localContainer);
  await container.createIfNotExists();
  return createBlobSeen(container);
};
