import { app } from '@azure/functions';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { createByHandHandler } from './receive-webhook.js';

/** The by-hand handler as a Functions app of its own: one client of each kind per process, made at start. */
const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`Set ${name}`);
  return value;
};

const container = BlobServiceClient.fromConnectionString(setting('PayloadStorage')).getContainerClient('by-hand');
const sender = new ServiceBusClient(setting('ServiceBus')).createSender(setting('BY_HAND_QUEUE'));

app.http('receiveWebhook', {
  methods: ['POST'],
  route: 'webhooks/github',
  authLevel: 'anonymous',
  handler: createByHandHandler({
    secret: setting('WEBHOOK_SECRET_GITHUB'),
    upload: (name, bytes) =>
      container
        .getBlockBlobClient(name)
        .uploadData(bytes, { blobHTTPHeaders: { blobContentType: 'application/json' } }),
    send: (message) => sender.sendMessages({ ...message }),
  }),
});
