import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubSender } from '../../local/senders/github-sender.js';
import { extractData } from '../../src/envelope/extract-data.js';
import { eventIdIn } from '../support/event-id-in.js';
import { postGithub } from '../support/github-client.js';
import { type ReceivedMessage, receiveAll, receiveSessions } from '../support/receive-all.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

interface Sent {
  readonly delivery: string;
  readonly event: string;
  readonly action: string | undefined;
  readonly repository: string | undefined;
  readonly body: Buffer;
}

const member = (value: unknown, name: string): unknown =>
  new Map<string, unknown>(Object.entries(value ?? {})).get(name);

const textMember = (value: unknown, name: string): string | undefined => {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
};

/** `@octokit/webhooks-examples`, api.github.com: all of them. */
const deliveries: readonly Sent[] = githubSender.samples().map(({ event, body }, index) => {
  const payload: unknown = JSON.parse(body.toString());
  return {
    delivery: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
    event,
    action: textMember(payload, 'action'),
    repository: textMember(member(payload, 'repository'), 'full_name'),
    body,
  };
});

/** What the project's bots.json asks for, said once more in plain words. */
const wanted: Readonly<Record<string, (sent: Sent) => boolean>> = {
  'bot-task-tactician': ({ event, action }) => event === 'issues' && action !== 'deleted',
  'bot-merge-warden': ({ event, action, repository }) =>
    (event === 'pull_request' || (event === 'check_run' && action === 'completed')) &&
    /^(octo-org|Codertocat)\//.test(repository ?? '') &&
    repository !== 'octo-org/sandbox',
  'bot-notifier': () => true,
};

const idsFor = (queue: string): readonly string[] =>
  deliveries.filter((sent) => wanted[queue]?.(sent)).map(({ delivery }) => delivery);

const payloadOf = ({ body }: ReceivedMessage): Buffer => {
  const data = extractData(body);
  return data.kind === 'claim-check' ? Buffer.alloc(0) : data.bytes;
};

describe('every example event that GitHub publishes', () => {
  let stack: RunningStack;
  const statuses: number[] = [];

  beforeAll(async () => {
    stack = await startStack();
    for (const sent of deliveries) statuses.push((await postGithub(stack.hostUrl, sent)).status);
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('is answered 202', () => {
    expect(deliveries.length).toBeGreaterThan(300);
    expect(statuses.filter((status) => status !== 202)).toEqual([]);
  });

  test('lies in Blob Storage byte for byte', async () => {
    const container = BlobServiceClient.fromConnectionString(stack.blobConnectionString).getContainerClient(
      'webhook-payloads',
    );
    const stored = new Map<string, Buffer>();
    for await (const { name } of container.listBlobsFlat()) {
      if (name.startsWith('seen-bodies/')) continue;
      const id = /\/([^/]+)\.json$/.exec(name)?.[1] ?? name;
      stored.set(id, await container.getBlobClient(name).downloadToBuffer());
    }

    expect(stored.size).toBe(deliveries.length);
    expect(deliveries.filter(({ delivery, body }) => stored.get(delivery)?.equals(body) !== true)).toEqual([]);
  });

  test('reaches the queue of the bot that wants everything, its payload byte for byte', async () => {
    const received = await receiveAll(stack.serviceBusConnectionString, 'bot-notifier');

    const bodies = new Map(deliveries.map(({ delivery, body }) => [delivery, body]));
    expect(received.map(eventIdIn).toSorted()).toEqual(idsFor('bot-notifier').toSorted());
    expect(received.filter((message) => !bodies.get(eventIdIn(message))?.equals(payloadOf(message)))).toEqual([]);
  });

  test.each([
    'bot-task-tactician',
    'bot-merge-warden',
  ])('reaches %s when it is wanted there, session by session in the order it was sent', async (queue) => {
    const sessions = await receiveSessions(stack.serviceBusConnectionString, queue);

    const received = [...sessions.values()].flat();
    expect(received.map(eventIdIn).toSorted()).toEqual(idsFor(queue).toSorted());
    expect(received.length).toBeGreaterThan(0);
    for (const [session, messages] of sessions) {
      expect(messages.every(({ sessionId }) => sessionId === session)).toBe(true);
      expect(messages.map(eventIdIn)).toEqual(messages.map(eventIdIn).toSorted());
    }
  });
});
