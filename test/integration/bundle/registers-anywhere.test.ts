import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { type ServiceBusStandIn, startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { httpEndpoints } from '../../../src/composition/endpoints.js';
import { signGithub } from '../../support/memory-app.js';
import { type LoadedFunctionsApp, loadFunctionsApp } from '../../support/minimal-functions-core.js';

const secret = 'a-secret-for-tests-only';
const body = Buffer.from('{"action":"opened","zen":"Approachable is better than simple."}');

describe("the deployed bundle, its @azure/functions-core supplied by a test's own minimal means", () => {
  let storage: BlobStorage;
  let serviceBus: ServiceBusStandIn;
  let app: LoadedFunctionsApp;

  beforeAll(async () => {
    storage = await startBlobStorage({ port: 0 });
    const bots = [
      { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false, orderBy: 'entity' },
    ] as const;
    serviceBus = await startServiceBus({ port: 0, queues: queueDefinitionsFor(bots) });
    app = await loadFunctionsApp(resolve(import.meta.dirname, '../../../dist/functions/index.cjs'), {
      env: {
        AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
        PayloadStorage: storage.connectionString,
        ServiceBus: serviceBus.connectionString,
        WEBHOOK_SECRET_GITHUB: secret,
      },
    });
    // On a busy machine a process that has read nothing yet may be too late for storage.
    await post(signGithub(body, secret), 'elsewhere-0');
  });

  afterAll(async () => {
    await app?.close();
    await serviceBus?.close();
    await storage?.close();
  });

  const post = (signature: string, delivery = 'elsewhere-1') =>
    app.invokeHttp('receiveWebhook', {
      method: 'POST',
      url: 'http://localhost/api/webhooks/github',
      params: { provider: 'github' },
      headers: {
        'content-type': 'application/json',
        'x-github-event': 'star',
        'x-github-delivery': delivery,
        'x-hub-signature-256': signature,
      },
      body,
    });

  test('registers every function of the endpoint table, but for timers that the settings give nothing to do', () => {
    const names = [...httpEndpoints.map(({ name }) => name), 'drainOutbox'];

    expect(app.functions.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test('accepts a signed webhook, archives it and routes it', async () => {
    const reply = await post(signGithub(body, secret));

    expect(reply.status).toBe(202);
    expect(JSON.parse(reply.body.toString())).toMatchObject({ id: 'elsewhere-1', archived: true });
  });

  test('refuses a forged one', async () => {
    const reply = await post(signGithub(body, 'a-secret-of-somebody-else'));

    expect(reply.status).toBe(401);
  });
});
