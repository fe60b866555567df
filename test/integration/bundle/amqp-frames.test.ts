import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { expect, test, vi } from 'vitest';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { readSettings } from '../../../src/settings/read-settings.js';

const clients: typeof import('../../../src/composition/clients.js') = createRequire(import.meta.url)(
  resolve(import.meta.dirname, '../../../dist/functions/clients.cjs'),
);

const bots = [{ name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false, orderBy: 'entity' }] as const;

test('the deployed SDK sends each frame at once, and waits for no acknowledgement of the one before', async () => {
  const { connectionString, close } = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: 'UseDevelopmentStorage=true',
    ServiceBus: connectionString,
    WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
  });
  if (!reading.ok) throw new TypeError(JSON.stringify(reading.problems));
  const setNoDelay = vi.spyOn(Socket.prototype, 'setNoDelay');
  const client = await clients.buildServiceBusClient(reading.settings.serviceBus);

  await client.createSender('bot-notifier').sendMessages({ body: 'hello' });

  const told = setNoDelay.mock.calls.filter((_, call) => {
    const socket: unknown = setNoDelay.mock.contexts[call];
    return socket instanceof Socket && connectionString.includes(`:${socket.remotePort};`);
  });
  expect(told).toEqual([[true]]);
  setNoDelay.mockRestore();
  await client.close();
  await close();
});
