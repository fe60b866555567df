import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../local/blob-storage/start-blob-storage.js';
import { postGithub } from '../support/github-client.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

describe('Azurite stops in the middle of traffic', () => {
  let storage: BlobStorage;
  let stack: RunningStack;
  let sent = 0;

  const send = async (): Promise<{ readonly status: number; readonly json: Readonly<Record<string, unknown>> }> => {
    sent += 1;
    const delivery = `storage-outage-${sent}`;
    const response = await postGithub(stack.hostUrl, { event: 'issues', body: '{"action":"opened"}', delivery });
    return { status: response.status, json: JSON.parse(await response.text()) };
  };

  const blobBreaker = async (): Promise<Readonly<Record<string, unknown>>> => {
    const health = await fetch(`${stack.hostUrl}/api/health/deep`);
    return JSON.parse(await health.text()).checks.blob_storage_circuit;
  };

  beforeAll(async () => {
    storage = await startBlobStorage({ port: 0 });
    stack = await startStack({
      environment: {
        PayloadStorage: storage.connectionString,
        CircuitBreaker__blobStorage__coolDownMs: '5000',
      },
    });
  });

  afterAll(async () => {
    await stack?.stop();
    await storage?.close();
  });

  test('every later webhook is accepted, the breaker opens within five failures, and closes when storage is back', async () => {
    expect((await send()).json).toMatchObject({ archived: true, degraded: [] });

    await storage.kill();
    const during = [];
    for (let n = 0; n < 5; n += 1) during.push(await send());
    expect(during.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    expect(during.every(({ json }) => json['archived'] === false)).toBe(true);
    expect(await blobBreaker()).toMatchObject({ healthy: false, message: 'State: Open' });

    const open = await send();
    expect(open.status).toBe(202);
    expect(open.json).toMatchObject({
      archived: false,
      degraded: ['blob-storage'],
      routedTo: ['task-tactician', 'notifier'],
    });
    const backlog = (await stack.control.queues()).find(({ name }) => name === 'webhook-archive-backlog');
    expect(backlog?.active).toBe(6);

    storage = await startBlobStorage({ port: storage.port });
    // A trial that began before storage was back may fail after it, and the breaker then waits once more.
    await expect
      .poll(async () => [(await send()).json['archived'], (await send()).json['archived']])
      .toEqual([true, true]);
    expect(await blobBreaker()).toMatchObject({ healthy: true, message: 'State: Closed' });
  });
});
