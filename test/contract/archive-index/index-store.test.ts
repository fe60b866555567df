import { randomUUID } from 'node:crypto';
import { BlobServiceClient } from '@azure/storage-blob';
import { describe, expect, inject, it } from 'vitest';
import { createBlobIndexStore } from '../../../src/archive-index/blob-index-store.js';
import type { IndexStore } from '../../../src/archive-index/index-store.js';
import { createMemoryIndexStore } from '../../support/memory/index-store.js';

const never = new AbortController().signal;

const connectionString = inject('blobConnectionString');

const onBlobs = (): IndexStore => {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  return createBlobIndexStore(service.getContainerClient(`index-${randomUUID()}`));
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
