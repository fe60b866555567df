import { randomUUID } from 'node:crypto';
import { BlobServiceClient, ContainerClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { createBlobBodyLog } from '../../../src/body-record/blob-body-log.js';
import type { BodyLog } from '../../../src/body-record/body-log.js';
import { createMemoryBodyLog, type SharedParts } from '../../support/memory/body-log.js';

const connectionString = inject('blobConnectionString');

/** The logs of two instances that share a place. */
type Pair = () => readonly [BodyLog, BodyLog];

const inMemory: Pair = () => {
  const parts: SharedParts = new Map();
  return [createMemoryBodyLog(parts, 'one'), createMemoryBodyLog(parts, 'two')];
};

const inBlobs: Pair = () => {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(`c-${randomUUID()}`);
  return [createBlobBodyLog(container, 'one'), createBlobBodyLog(container, 'tw/o..')];
};

const never = new AbortController().signal;
const days = ['2026-01-02', '2026-01-01'];

describe.each([
  ['memory', inMemory],
  ['Blob Storage', inBlobs],
] as const)('the log of bodies in %s', (_where, pair) => {
  it('is empty before anything was written, though its container is missing', async () => {
    const [one] = pair();

    expect(await one.list(days, never)).toEqual([]);
  });

  it('grows by what an instance adds, and shows others that part from where they were', async () => {
    const [one, two] = pair();
    await one.append('2026-01-01', Buffer.alloc(32, 1), never);
    await one.append('2026-01-01', Buffer.alloc(64, 2), never);
    await two.append('2026-01-01', Buffer.alloc(32, 3), never);
    await one.append('2025-12-01', Buffer.alloc(32, 4), never);
    await one.append('2026-01-03', Buffer.alloc(32, 5), never);

    const [part, ...rest] = await two.list(days, never);

    expect(part).toMatchObject({ day: '2026-01-01', size: 96 });
    expect(rest).toEqual([]);
    expect(await two.read(part?.name ?? '', 32, never)).toEqual(Buffer.alloc(64, 2));
  });

  it('a part that is gone is empty', async () => {
    const [one] = pair();

    expect(await one.read('seen-bodies/2026-01-01/nobody.bin', 0, never)).toEqual(Buffer.alloc(0));
  });
});

class CountedContainer extends ContainerClient {
  listings = 0;

  override listBlobsFlat(...given: Parameters<ContainerClient['listBlobsFlat']>) {
    this.listings += 1;
    return super.listBlobsFlat(...given);
  }
}

it('the log of bodies in Blob Storage shows all days by one listing', async () => {
  const container = new CountedContainer(connectionString, `c-${randomUUID()}`);
  const one = createBlobBodyLog(container, 'one');
  for (const day of days) await one.append(day, Buffer.alloc(32, 1), never);

  const parts = await createBlobBodyLog(container, 'two').list(days, never);

  expect(parts.map(({ day }) => day).toSorted()).toEqual(days.toSorted());
  expect(container.listings).toBe(1);
});
