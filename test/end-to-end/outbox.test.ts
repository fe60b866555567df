import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { extractData } from '../../src/envelope/extract-data.js';
import { postGithub } from '../support/github-client.js';
import { receiveAll, receiveSessions } from '../support/receive-all.js';
import { runCommand } from '../support/run-command.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const coolDownMs = 1_000;

const bots = {
  bots: [
    { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true },
    { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false },
  ],
};

interface Sent {
  readonly delivery: string;
  readonly body: string;
  readonly reply: Readonly<Record<string, unknown>>;
  readonly status: number;
}

/** Numbers, spaces and escapes that a parser would not give back as they were. */
const bodyOf = (pull: number, step: number): string =>
  `{ "action":"synchronize", "pull_request":{"number":${pull}}, "step":${step}, "big":820982911946154508, "f":1.10,\t"esc":"\\u001B\\/" , "repository":{"full_name":"octo-org/octo-repo"}}\n`;

const dataIn = (envelope: Buffer): string | undefined => {
  const data = extractData(envelope);
  return 'bytes' in data ? data.bytes.toString() : undefined;
};

describe('dependencies that go away and come back', () => {
  let stack: RunningStack;

  /** An empty `delivery` goes without its header, so that the id follows from the bytes. */
  const send = async (delivery: string, body: string): Promise<Sent> => {
    const response = await postGithub(stack.hostUrl, { event: 'pull_request', body, delivery });
    return { delivery, body, status: response.status, reply: JSON.parse(await response.text()) };
  };

  const sendSteps = async (name: string, steps: number): Promise<readonly Sent[]> => {
    const sent: Sent[] = [];
    for (let step = 0; step < steps; step += 1) sent.push(await send(`${name}-${step}`, bodyOf(step % 2, step)));
    return sent;
  };

  const waiting = async (queue: string): Promise<number> =>
    (await stack.control.queues()).find(({ name }) => name === queue)?.active ?? -1;

  const drain = async (): Promise<void> => {
    const response = await fetch(`${stack.hostUrl}/admin/functions/drainOutbox`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(response.status).toBe(202);
  };

  /** Asks again for what a breaker that is still open leaves where it is. */
  const drainUntil = async (condition: () => Promise<boolean>): Promise<void> => {
    const drained = async (): Promise<boolean> => {
      await drain();
      return condition();
    };
    await expect.poll(drained, { interval: 500 }).toBe(true);
  };

  const outboxHealth = async (): Promise<unknown> => {
    const health = await fetch(`${stack.hostUrl}/api/health/deep`);
    return JSON.parse(await health.text()).outbox;
  };

  const operate = async (method: string, path: string, body?: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(`${stack.hostUrl}/api/events/${path}`, {
      method,
      headers: { authorization: `Bearer ${localAdminToken}` },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, ...JSON.parse(await response.text()) };
  };

  const container = (name: string) =>
    BlobServiceClient.fromConnectionString(stack.blobConnectionString).getContainerClient(name);

  const namesIn = async (name: string): Promise<readonly string[]> => {
    const names: string[] = [];
    for await (const blob of container(name).listBlobsFlat()) names.push(blob.name);
    // Beside the records, whose names begin with a year, and the payloads lies what else instances tell each other.
    return names.filter((each) =>
      name === 'webhook-outbox' ? each.startsWith('2') : !each.startsWith('seen-bodies/'),
    );
  };

  const archived = async (): Promise<ReadonlyMap<string, string>> => {
    const bodies = new Map<string, string>();
    for (const name of await namesIn('webhook-payloads')) {
      const body = await container('webhook-payloads').getBlobClient(name).downloadToBuffer();
      bodies.set(name.replace(/^.*\/|\.json$/g, ''), body.toString());
    }
    return bodies;
  };

  beforeAll(async () => {
    stack = await startStack({
      bots,
      environment: {
        QUEUE_UNAVAILABLE: 'defer',
        OUTBOX_SCHEDULE: '0 0 0 1 1 *',
        CircuitBreaker__serviceBus__coolDownMs: String(coolDownMs),
        CircuitBreaker__serviceBus__failureThreshold: '2',
        CircuitBreaker__blobStorage__coolDownMs: String(coolDownMs),
        CircuitBreaker__blobStorage__failureThreshold: '2',
      },
    });
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('Service Bus goes away: events are deferred; it comes back: every bot gets each of them, in order, byte for byte', async () => {
    await stack.setFault('service-bus', 'refuse');
    const sent = await sendSteps('deferred', 12);
    expect(sent.map(({ status, reply }) => [status, reply['status']])).toEqual(sent.map(() => [202, 'deferred']));
    expect(await namesIn('webhook-outbox')).toHaveLength(12);
    expect(await outboxHealth()).toMatchObject({ pending: 12, oldestSeconds: expect.any(Number) });

    await stack.setFault('service-bus', 'none');
    await drainUntil(async () => (await namesIn('webhook-outbox')).length === 0);

    const sessions = await receiveSessions(stack.serviceBusConnectionString, 'bot-merge-warden');
    const plain = await receiveAll(stack.serviceBusConnectionString, 'bot-notifier');
    expect(plain.map(({ body }) => dataIn(body)).toSorted()).toEqual(sent.map(({ body }) => body).toSorted());
    for (const pull of [0, 1]) {
      const received = sessions.get(`octo-org/octo-repo/pull_request/${pull}`) ?? [];
      expect(received.map(({ body }) => dataIn(body))).toEqual(
        sent.filter((_, step) => step % 2 === pull).map(({ body }) => body),
      );
    }
    expect(await namesIn('webhook-dead-letters').catch(() => [])).toEqual([]);
    expect(await outboxHealth()).toEqual({ pending: 0, oldestSeconds: 0 });
  });

  test('storage goes away: copies wait in the backlog; it comes back: the archive is complete, byte for byte', async () => {
    await stack.setFault('blob-storage', 'refuse');
    const sent = await sendSteps('backlogged', 10);
    expect(sent.map(({ status, reply }) => [status, reply['archived']])).toEqual(sent.map(() => [202, false]));
    expect(await waiting('webhook-archive-backlog')).toBe(10);

    await stack.setFault('blob-storage', 'none');
    await drainUntil(async () => (await waiting('webhook-archive-backlog')) === 0);

    const bodies = await archived();
    expect(sent.map(({ delivery }) => bodies.get(delivery))).toEqual(sent.map(({ body }) => body));
  });

  test('an operator sees what became of an event, and sends it again to one bot: the very same envelope', async () => {
    const body = bodyOf(7, 0);
    const { reply } = await send('', body);
    const id = encodeURIComponent(String(reply['id']));
    expect(String(reply['id'])).toMatch(/^sha256:/);
    const [first] = await receiveAll(stack.serviceBusConnectionString, 'bot-notifier').then((all) => all.slice(-1));

    expect(await operate('GET', id)).toMatchObject({
      id: reply['id'],
      signature: 'verified',
      archived: { bytes: Buffer.byteLength(body) },
      bots: ['merge-warden', 'notifier'],
      owed: [],
    });
    expect(await operate('POST', `${id}/replay`, { bot: 'notifier', force: true })).toMatchObject({
      status: 200,
      sentTo: ['notifier'],
    });
    const again = await receiveAll(stack.serviceBusConnectionString, 'bot-notifier');
    expect(again.map((message) => message.body)).toEqual([first?.body]);

    const from = new Date(Date.now() - 3_600_000).toISOString();
    expect(await operate('POST', 'replay', { from, type: 'github.pull_request', dryRun: true })).toMatchObject({
      events: 23,
      bots: { 'merge-warden': 23, notifier: 23 },
      complete: true,
    });
    expect(await operate('GET', 'no-such-event')).toMatchObject({ status: 404, code: 'UnknownEvent' });
  });

  test('the same from a terminal: show, replay, pending, dead', async () => {
    const run = (...words: readonly string[]) => runCommand('events', ...words, '--state', stack.stateDirectory);
    const from = new Date(Date.now() - 3_600_000).toISOString();

    const shown = await run('show', 'deferred-0');
    const replayed = await run('replay', 'deferred-0', '--bot', 'notifier');
    const counted = await run('replay', '--from', from, '--dry-run');
    const pending = await run('pending');
    const dead = await run('dead', '--json');
    const wrong = await run('show', 'no-such-event');

    expect(shown.stdout).toMatch(/wanted by +merge-warden, notifier/);
    expect(replayed.stdout).toBe('Sent to: notifier\n');
    expect(counted.stdout).toContain('23 events, nothing sent');
    expect(pending.stdout).toBe('No queue is owed anything.\n');
    expect(JSON.parse(dead.stdout)).toEqual({ total: 0, oldest: [] });
    expect([shown.code, replayed.code, counted.code, pending.code, dead.code, wrong.code]).toEqual([0, 0, 0, 0, 0, 1]);
    expect(wrong.stderr).toContain('404 UnknownEvent');
  });
});
