import { describe, expect, it } from 'vitest';
import { arrivalOf, type Batch, batchName, decodeBatch, encodeBatch } from '../../../src/batches/batch.js';
import { buildBatchMessage, readBatchMessage } from '../../../src/batches/batch-message.js';
import { splitForMessages } from '../../../src/batches/split-for-messages.js';

const batch: Batch = {
  provider: 'cloudevents',
  receivedAt: new Date('2026-01-02T03:04:05.678Z'),
  correlationId: 'c',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'a=1',
  secretVersion: 'v1',
  contentType: 'application/cloudevents-batch+json; charset=utf-8',
  list: Buffer.from('[ {"a": 1.10}\n, "ü",[3] ]'),
};

describe('a stored batch', () => {
  it('reads back as it was written', () => {
    expect(decodeBatch(encodeBatch(batch))).toEqual(batch);
  });

  it('of before traces had a state reads back too', () => {
    const { tracestate: _, ...before } = batch;

    expect(decodeBatch(encodeBatch(before))).toEqual(before);
  });

  it.each([
    Buffer.alloc(0),
    Buffer.from('\n[]'),
    Buffer.from('{}\n[]'),
    encodeBatch(batch).subarray(0, -1),
    Buffer.concat([encodeBatch(batch), Buffer.from(' ')]),
  ])('that was changed is none (%#)', (bytes) => {
    expect(decodeBatch(bytes)).toBeUndefined();
  });

  it('has a name that tells its arrival, and ascends with it and with its parts', () => {
    const names = [
      batchName(batch),
      batchName(batch, 1),
      batchName(batch, 10),
      batchName({ ...batch, receivedAt: new Date('2026-01-02T03:04:05.679Z'), provider: 'a' }),
    ];

    expect(names).toEqual(names.toSorted());
    expect(names.map(arrivalOf)).toEqual([
      ...Array(3).fill(Date.parse('2026-01-02T03:04:05.678Z')),
      Date.parse('2026-01-02T03:04:05.679Z'),
    ]);
    expect(arrivalOf('../x')).toBeUndefined();
  });

  it('in parts holds the same items, byte for byte and in their order, each part within a message', () => {
    const items = Array.from({ length: 1_000 }, (_, n) => `{ "n":${n}, "text": "${'x'.repeat(n % 97)}" }`);
    const large = { ...batch, list: Buffer.from(`[${items.join(' , ')}]`) };

    const parts = splitForMessages(large, items.map((_, index) => index).slice(10), 16_384);

    const lists = parts.map(({ bytes }) => decodeBatch(bytes)?.list.toString('utf8') ?? '');
    expect(lists.map((list) => list.slice(1, -1)).join(',')).toBe(items.slice(10).join(','));
    expect(parts.every(({ bytes }) => bytes.length <= 16_384)).toBe(true);
    expect(parts.length).toBeLessThan(15);
  });

  it('travels in a message of the backlog, and a damaged one is told from an event’s', () => {
    const [part] = splitForMessages(batch, [0, 1, 2], 196_608);
    if (part === undefined) throw new Error('No part');
    const message = buildBatchMessage(batch, part);

    expect(readBatchMessage(message)).toEqual(part);
    expect(readBatchMessage({ ...message, applicationProperties: {} })).toBeUndefined();
    expect(readBatchMessage({ ...message, body: Buffer.from('x') })).toBe('damaged');
    expect(readBatchMessage({ ...message, applicationProperties: { batch: '../../x' } })).toBe('damaged');
  });
});
