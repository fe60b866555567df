import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { classifyArchiveError } from '../../../../src/archive/classify-archive-error.js';
import { CircuitBreaker } from '../../../../src/circuit-breaker/circuit-breaker.js';
import { createOutboxTimer } from '../../../../src/outbox/drain/outbox-timer.js';
import { DeliveredCopies } from '../../../../src/outbox/record/delivered-copies.js';
import { guardedOutbox } from '../../../../src/outbox/record/outbox-store.js';
import { classifyQueueError } from '../../../../src/routing/classify-queue-error.js';
import { blobStorageBreakerOptions, serviceBusBreakerOptions } from '../../../../src/settings/azure-breaker-options.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { createMemoryBatchStore } from '../../../support/memory/batch-store.js';
import { createMemoryOutboxStore } from '../../../support/memory/outbox-store.js';
import { createMemoryQuarantineStore } from '../../../support/memory/quarantine-store.js';
import { sampleRecord } from '../sample-record.js';

const count = 10_000;
const never = new AbortController().signal;
const body = Buffer.from('{}');
const sha256 = createHash('sha256').update(body).digest('hex');

/** Counts the records in hand: from the lease to the removal, with their payloads between. */
const gauge = () => {
  let now = 0;
  let most = 0;
  return {
    takes: () => {
      now += 1;
      most = Math.max(most, now);
    },
    lets: () => {
      now -= 1;
    },
    most: () => most,
  };
};

it(`drain: ${count} records of two hours are delivered in one run, each session in order, with a few in hand at a time`, async () => {
  const clock = new ManualClock();
  const outbox = createMemoryOutboxStore({ clock });
  for (let n = 0; n < count; n += 1) {
    const record = sampleRecord({
      id: createHash('md5').update(String(n)).digest('hex'),
      time: new Date(Date.parse('2026-01-02T03:00:00.000Z') + n * 720).toISOString(),
      owed: [{ bot: 'b', queue: 'q', sessionId: `session-${n % 100}` }],
    });
    await outbox.create({ ...record, payload: { ...record.payload, sha256 } }, never);
  }
  const delivered = new Map<string, string[]>();
  const records = gauge();
  let lists = 0;
  const serviceBus = new CircuitBreaker({
    name: 'service-bus',
    options: serviceBusBreakerOptions,
    classify: classifyQueueError,
    clock,
  });
  const storage = new CircuitBreaker({
    name: 'blob-storage',
    options: blobStorageBreakerOptions,
    classify: classifyArchiveError,
    clock,
  });
  const { list, lease, remove } = outbox;
  const drain = createOutboxTimer({
    archive: {
      put: () => Promise.reject(new Error('not called')),
      read: async () => ({ body, contentType: '', metadata: {} }),
      list: async () => ({ entries: [] }),
    },
    batches: createMemoryBatchStore(),
    quarantine: createMemoryQuarantineStore({ clock }),
    outbox: {
      ...outbox,
      list: (...args) => {
        lists += 1;
        return list(...args);
      },
      read: () => Promise.reject(new Error('The listing shows every record')),
      lease: (...args) => {
        records.takes();
        return lease(...args);
      },
      remove: async (...args) => {
        await remove(...args);
        records.lets();
      },
    },
    send: async (_queue, message) => {
      // A turn of the event loop each, so that as many come together as may.
      await setImmediate();
      const session = delivered.get(message.sessionId ?? '') ?? [];
      session.push(message.body.toString().slice(0, 300));
      delivered.set(message.sessionId ?? '', session);
      return { ok: true, value: undefined };
    },
    storage,
    storageCircuit: storage,
    namespaces: [
      {
        backlog: {
          open: () => ({ receive: async () => [], count: async () => 0, peek: async () => [], close: async () => {} }),
        },
        serviceBus,
        circuit: serviceBus,
        log: { write: () => {} },
      },
    ],
    clock,
    log: { write: () => {} },
    metrics: { count: () => {}, observe: () => {} },
    delivered: new DeliveredCopies({ store: outbox, outbox: guardedOutbox(outbox, storage), circuit: storage, clock }),
    maxAgeMs: 1,
    timeLimitMs: 170_000,
  });

  await drain();

  const timesOf = (session: readonly string[]) => session.map((text) => /"time":"([^"]+)"/.exec(text)?.[1]);
  expect(outbox.records().size).toBe(0);
  expect([...delivered.values()].reduce((sum, session) => sum + session.length, 0)).toBe(count);
  for (const session of delivered.values()) expect(timesOf(session)).toEqual(timesOf(session).toSorted());
  expect(records.most()).toBe(16);
  expect(lists).toBeLessThan(count / 500);
});
