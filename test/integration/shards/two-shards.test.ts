import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import Long from 'long';
import { afterAll, describe, it, type TestContext } from 'vitest';
import { blobConnectionString } from '../../../local/blob-storage/blob-connection-string.js';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import type { Fault } from '../../../local/faults/fault.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { queueDefinition, queueDefinitionsFor } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';
import { type App, createApp } from '../../../src/composition/app.js';
import { type AzureDependencies, createAzureDependencies } from '../../../src/composition/azure.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { backlogQueueOf } from '../../../src/shards/namespace-of.js';
import { shardOf } from '../../../src/shards/shard-of.js';
import { bodyOf, mergeWarden, signGithub, testSecret } from '../../support/memory-app.js';
import { postWebhook, type Reply, runTimer } from '../../support/post-webhook.js';

const shards = ['', '2'];
const keyOf = (number: number): string => `octo-org/octo-repo/pull_request/${number}`;
const ofShard = (shard: number): readonly number[] =>
  Array.from({ length: 40 }, (_, index) => index + 1)
    .filter((number) => shardOf(shards, keyOf(number)) === shard)
    .slice(0, 3);
const healthy = ofShard(0);
const failing = ofShard(1);

/** Rounds of one event for each session, one round after the other. */
const rounds = 4;

interface Stack {
  readonly app: App;
  readonly storage: readonly FaultProxy[];
  readonly serviceBus: readonly FaultProxy[];
  archived(account: number): Promise<readonly string[]>;
  sessions(namespace: number): Promise<ReadonlyMap<string, readonly string[]>>;
}

const closing: (() => Promise<unknown>)[] = [];

const startStorage = async () => {
  const storage = await startBlobStorage({ port: 0 });
  const proxy = await startFaultProxy({ name: 'blob-storage', listenPort: 0, targetPort: storage.port });
  closing.push(storage.close, () => proxy.close());
  return { proxy, blobs: BlobServiceClient.fromConnectionString(storage.connectionString) };
};

const startNamespace = async () => {
  const queues = [...queueDefinitionsFor([mergeWarden]), { ...queueDefinition('x'), name: backlogQueueOf('2') }];
  const serviceBus = await startServiceBus({ port: 0, queues });
  const proxy = await startFaultProxy({ name: 'service-bus', listenPort: 0, targetPort: serviceBus.port });
  const client = new ServiceBusClient(serviceBus.connectionString);
  closing.push(
    serviceBus.close,
    () => proxy.close(),
    () => client.close(),
  );
  const connectionString = serviceBus.connectionString.replace(`:${serviceBus.port}`, `:${proxy.port}`);
  return { proxy, client, connectionString };
};

const start = async (): Promise<Stack> => {
  const accounts = [await startStorage(), await startStorage()];
  const namespaces = [await startNamespace(), await startNamespace()];
  const further = (list: readonly string[]) => JSON.stringify([{ name: '2', connectionString: list[1] }]);
  const storage = accounts.map(({ proxy }) => blobConnectionString(proxy.port));
  const serviceBus = namespaces.map(({ connectionString }) => connectionString);
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: storage[0],
    PayloadStorage__shards: further(storage),
    ServiceBus: serviceBus[0],
    ServiceBus__shards: further(serviceBus),
    WEBHOOK_SECRET_GITHUB: testSecret,
    QUEUE_UNAVAILABLE: 'defer',
    CircuitBreaker__serviceBus__coolDownMs: '500',
    CircuitBreaker__blobStorage__coolDownMs: '500',
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  const real: AzureDependencies = createAzureDependencies(reading.settings, [mergeWarden], {
    version: '0',
    instance: randomUUID(),
  });
  closing.push(() => real.close());
  const quiet = () => {};
  const log = createInvocationLog({ debug: quiet, info: quiet, warn: quiet, error: quiet });
  const { drainsBetweenTimers: _, ...dependencies } = real;
  const app = createApp({ ...dependencies, log });
  return {
    app,
    storage: accounts.map(({ proxy }) => proxy),
    serviceBus: namespaces.map(({ proxy }) => proxy),
    async archived(account) {
      const container = accounts[account]?.blobs.getContainerClient('webhook-payloads');
      const names: string[] = [];
      for await (const { name } of container?.listBlobsFlat({ prefix: 'github/' }) ?? []) names.push(name);
      return names;
    },
    async sessions(namespace) {
      const receiver = namespaces[namespace]?.client.createReceiver(mergeWarden.queue);
      const held = (await receiver?.peekMessages(1_000, { fromSequenceNumber: Long.ZERO })) ?? [];
      await receiver?.close();
      const found = new Map<string, string[]>();
      for (const { sessionId = '', messageId } of held) {
        found.set(sessionId, [...(found.get(sessionId) ?? []), String(messageId).split(':')[1] ?? '']);
      }
      return found;
    },
  };
};

const send = (app: App, number: number, delivery: string): Promise<Reply> => {
  const body = bodyOf({
    action: 'synchronize',
    pull_request: { number },
    repository: { full_name: 'octo-org/octo-repo' },
    delivery,
  });
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'pull_request',
    'x-github-delivery': delivery,
    'x-hub-signature-256': signGithub(body, testSecret),
  };
  return postWebhook(app.receiveWebhook, { headers, body });
};

/** Sends again what is not kept, as senders do. */
const sendUntilKept = async (...sending: Parameters<typeof send>): Promise<Reply> => {
  const reply = await send(...sending);
  return reply.status === 202 ? reply : sendUntilKept(...sending);
};

interface Answered {
  readonly number: number;
  readonly delivery: string;
  readonly reply: Reply;
  readonly tookMs: number;
}

/** Each session's events in order, the sessions side by side. */
const sendRounds = async (app: App, numbers: readonly number[], phase: string): Promise<readonly Answered[]> => {
  const all = await Promise.all(
    numbers.map(async (number) => {
      const answered: Answered[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const delivery = `${phase}-${number}-${round}`;
        const startedMs = performance.now();
        const reply = await send(app, number, delivery);
        answered.push({ number, delivery, reply, tookMs: performance.now() - startedMs });
      }
      return answered;
    }),
  );
  return all.flat();
};

const slowestOf = (answered: readonly Answered[]): number => Math.max(...answered.map(({ tookMs }) => tookMs));

const degradedOf = ({ reply }: Answered): string => JSON.stringify(reply.json?.['degraded']);

/** Delivers what is owed, and sends on until nothing waits behind anything: a busy machine may have been slow. Answers all that was sent. */
const settle = async (stack: Stack, phase: string): Promise<readonly Answered[]> => {
  const all: Answered[] = [];
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await runTimer(stack.app.drainOutbox);
    await new Promise((resolve) => setTimeout(resolve, 600));
    const round = await Promise.all(
      [...healthy, ...failing].map(async (number) => {
        const delivery = `settle-${phase}-${number}-${attempt}`;
        return { number, delivery, reply: await sendUntilKept(stack.app, number, delivery), tookMs: 0 };
      }),
    );
    all.push(...round);
    if (round.every((one) => degradedOf(one) === '[]')) return all;
  }
  throw new Error(`Something stays owed: ${all.slice(-6).map(degradedOf).join(' ')}`);
};

const asUsual = { status: 202, archived: true, degraded: [] };

const takenAs = ({ reply: { status, json } }: Answered): unknown => ({
  status,
  archived: json?.['archived'],
  degraded: json?.['degraded'],
});

interface Failing {
  readonly stack: Stack;
  readonly which: readonly ('serviceBus' | 'storage')[];
  readonly fault: Fault;
  readonly phase: string;
  /** Everything that was sent, to be found in the end. */
  readonly sent: Answered[];
}

/** What no failing store has to do with may still be late where the machine is busy: once or twice, but not every time. */
const attempts = 3;

/** Sends to both shards while those of the second fail, and again while the machine holds up what the first one gets. */
const sendWhileFailing = async ({ stack, which, fault, phase, sent }: Failing) => {
  for (let attempt = 1; ; attempt += 1) {
    const name = `${phase}-${attempt}`;
    for (const each of which) await stack[each][1]?.setFault(fault);
    const [apart, concerned] = await Promise.all([
      sendRounds(stack.app, healthy, name),
      sendRounds(stack.app, failing, name),
    ]);
    for (const each of which) await stack[each][1]?.setFault({ kind: 'none' });
    sent.push(...apart, ...concerned, ...(await settle(stack, name)));
    if (attempt === attempts || apart.every((one) => isDeepStrictEqual(takenAs(one), asUsual))) {
      return { apart, concerned };
    }
  }
};

/** By session, what was sent to it, in order. */
const sentTo = (numbers: readonly number[], sent: readonly Answered[]): ReadonlyMap<string, readonly string[]> =>
  new Map(
    numbers.map((number) => [
      keyOf(number),
      sent.filter((one) => one.number === number).map(({ delivery }) => delivery),
    ]),
  );

/** Every event is in the archive and in the queue of its shard, once and in order, when what a busy machine left is delivered. */
const expectEveryEvent = async (
  { expect }: Pick<TestContext, 'expect'>,
  stack: Stack,
  sent: readonly Answered[],
): Promise<void> => {
  for (const [shard, numbers] of [healthy, failing].entries()) {
    const wanted = sentTo(numbers, sent);
    const drained = async () => {
      await runTimer(stack.app.drainOutbox);
      return { sessions: await stack.sessions(shard), archived: (await stack.archived(shard)).length };
    };
    await expect
      .poll(drained, { interval: 500 })
      .toEqual({ sessions: wanted, archived: [...wanted.values()].flat().length });
  }
};

const faults: readonly Fault[] = [{ kind: 'refuse' }, { kind: 'hang' }];

describe('two namespaces and two accounts, one of which fails', () => {
  afterAll(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  // Each has stores of its own, so that all wait for what hangs side by side.
  it.concurrent.for([
    { which: ['serviceBus'] },
    { which: ['storage'] },
    { which: ['serviceBus', 'storage'] },
  ] as const)('$which: the events of the other shard are archived and routed at once, those of this one are kept', async ({
    which,
  }, { expect }) => {
    const stack = await start();
    const sent: Answered[] = [...(await settle(stack, 'before'))];

    for (const fault of faults) {
      const phase = `${which.join('-and-')}-${fault.kind}`;
      const { apart, concerned } = await sendWhileFailing({ stack, which, fault, phase, sent });

      expect(apart.map(takenAs), phase).toEqual(apart.map(() => asUsual));
      expect(new Set(concerned.map(({ reply }) => reply.status)), phase).toEqual(new Set([202]));
      expect(
        concerned.some((one) => degradedOf(one) !== '[]'),
        phase,
      ).toBe(true);
      if (fault.kind === 'hang') expect(slowestOf(apart), phase).toBeLessThan(slowestOf(concerned));
    }

    await expectEveryEvent({ expect }, stack, sent);
  });
});
