import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BlobStorage, startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import { createBlobIndexStore } from '../../../src/archive-index/blob-index-store.js';
import type { IndexStore } from '../../../src/archive-index/index-store.js';
import { createMemoryIndexStore } from '../../support/memory/index-store.js';

const never = new AbortController().signal;

let storage: BlobStorage;
let containers = 0;

beforeAll(async () => {
  storage = await startBlobStorage({ port: 0 });
});

afterAll(() => storage?.close());

const onBlobs = (): IndexStore => {
  containers += 1;
  const service = BlobServiceClient.fromConnectionString(storage.connectionString);
  return createBlobIndexStore(service.getContainerClient(`index-${containers}`));
};

describe.each([
  ['memory', () => createMemoryIndexStore()],
  ['Blob Storage', onBlobs],
])('the index of the archive in %s', (_where, create) => {
  it('has nothing before the first part, not even its container', async () => {
    const store = create();

    expect(await store.list({ name: '' }, never)).toEqual({ names: [] });
    expect(await store.read('5-part', never)).toEqual(Buffer.alloc(0));
  });

  it('keeps a part as it was written first', async () => {
    const store = create();

    await store.write('5-part', Buffer.from('first'), never);
    await store.write('5-part', Buffer.from('second'), never);

    expect((await store.read('5-part', never)).toString()).toBe('first');
  });

  it('lists names in order, from a name on, page by page', async () => {
    const store = create();
    const names = Array.from({ length: 300 }, (_, n) => `7-${String(n).padStart(3, '0')}`);
    for (const name of names.toReversed()) await store.write(name, Buffer.from('x'), never);

    const first = await store.list({ name: '7-010' }, never);
    const second = await store.list({ next: first.next ?? '' }, never);

    const listed = [...first.names, ...second.names];
    expect(listed.filter((name) => name >= '7-010')).toEqual(names.slice(10));
    expect(second.next).toBeUndefined();
  });
});
