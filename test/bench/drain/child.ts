import { setTimeout as wait } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { decodeRecord } from '../../../src/outbox/record/outbox-record.js';
import type { OutboxStore } from '../../../src/outbox/record/outbox-store.js';
import type { EventQueue } from '../../../src/routing/event-queue.js';
import { dependenciesOn, drainWith, noStores, type Stores } from './instance.js';
import { type NaivePorts, naiveDrain } from './naive-drain.js';
import { createNullStores } from './null-stores.js';
import { bot } from './pending-events.js';
import { type MemoryCourse, watchMemory } from './watch-memory.js';

/** What one measuring process is asked: who drains, on what, and how many records at most. */
export interface Task {
  readonly who: 'ours' | 'naive';
  readonly count: number;
  /** Absent: null stores in this very process. */
  readonly stores?: Stores;
}

export interface Measurement extends MemoryCourse {
  readonly delivered: number;
  readonly seconds: number;
  readonly runs: number;
  readonly stops: readonly string[];
  /** Processor time of this process, in microseconds per record. */
  readonly cpuPerRecord: number;
}

type Course = Omit<Measurement, keyof MemoryCourse | 'cpuPerRecord'>;

const maxRuns = 60;
/** What the timer waits before it tries again. */
const scheduleMs = 30_000;
const never = new AbortController().signal;
const memory = watchMemory();

const counting = (send: EventQueue['send']): EventQueue => ({
  send: async (...message) => {
    await send(...message);
    memory.tick();
  },
});

/** Runs the timer again and again, as it does in production, until it comes to the end. */
const drainOurs = async ({ count, stores }: Task): Promise<Course> => {
  const real = dependenciesOn(stores ?? noStores);
  const nullStores = stores === undefined ? createNullStores(count) : undefined;
  const backlog = {
    open: () => ({ receive: async () => [], count: async () => 0, peek: async () => [], close: async () => {} }),
  };
  const run = drainWith({
    ...real,
    ...(nullStores !== undefined && { ...nullStores, backlog }),
    queue: counting(nullStores === undefined ? real.queue.send : async () => {}),
  });
  const stops: string[] = [];
  let delivered = 0;
  const startedMs = performance.now();
  while (stops.length < maxRuns) {
    const line = await run();
    delivered += line.delivered;
    stops.push(line.stoppedBy ?? 'end');
    if (line.stoppedBy === undefined) break;
    if (line.stoppedBy !== 'time-limit') await wait(scheduleMs);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  await real.close();
  return { delivered, seconds, runs: stops.length, stops };
};

async function* namesIn(outbox: OutboxStore): AsyncIterable<string> {
  let from: string | undefined;
  do {
    const { records, next } = await outbox.list(from, never);
    for (const { name } of records) yield name;
    from = next;
  } while (from !== undefined);
}

const nullPorts = (count: number): Omit<NaivePorts, 'onListed'> => {
  const { archive, outbox } = createNullStores(count);
  return {
    names: () => namesIn(outbox),
    readRecord: async (name) => {
      const stored = await outbox.read(name, never);
      if (typeof stored === 'string') throw new Error(`${name} is ${stored}`);
      return stored.record;
    },
    readPayload: async (name) => (await archive.read(name, never))?.body ?? Buffer.alloc(0),
    send: async () => memory.tick(),
    remove: (name) => outbox.remove({ name, leaseId: '' }, never),
  };
};

const sdkPorts = ({ storage, serviceBus }: Stores): Omit<NaivePorts, 'onListed'> & { close(): Promise<void> } => {
  const blobs = BlobServiceClient.fromConnectionString(storage);
  const [records, payloads] = [
    blobs.getContainerClient('webhook-outbox'),
    blobs.getContainerClient('webhook-payloads'),
  ];
  const client = new ServiceBusClient(serviceBus);
  const sender = client.createSender(bot.queue);
  return {
    async *names() {
      for await (const { name } of records.listBlobsFlat({ prefix: '2' })) yield name;
    },
    readRecord: async (name) => {
      const record = decodeRecord(await records.getBlobClient(name).downloadToBuffer());
      if (record === undefined) throw new Error(`${name} is unreadable`);
      return record;
    },
    readPayload: (name) => payloads.getBlobClient(name).downloadToBuffer(),
    send: async (_queue, message) => {
      await sender.sendMessages({ ...message, applicationProperties: { ...message.applicationProperties } });
      memory.tick();
    },
    remove: async (name) => void (await records.getBlobClient(name).delete()),
    close: () => client.close(),
  };
};

/** Of what it lists it may take a part alone: the listing of the rest is then not measured. */
const drainNaively = async ({ count, stores }: Task): Promise<Course> => {
  const ports = stores === undefined ? { ...nullPorts(count), close: async () => {} } : sdkPorts(stores);
  let startedMs = performance.now();
  const onListed = (): void => {
    startedMs = performance.now();
  };
  await naiveDrain({ ...ports, onListed }, count);
  const seconds = (performance.now() - startedMs) / 1_000;
  await ports.close();
  return { delivered: count, seconds, runs: 1, stops: ['end'] };
};

const task: Task = JSON.parse(process.argv[2] ?? '');
const before = process.cpuUsage();
const course = await (task.who === 'ours' ? drainOurs(task) : drainNaively(task));
const { user, system } = process.cpuUsage(before);
const held = memory.course();
const measurement: Measurement = {
  ...held,
  ...course,
  seconds: course.seconds - held.pausedMs / 1_000,
  cpuPerRecord: (user + system) / course.delivered,
};
process.send?.(measurement, () => process.exit(0));
