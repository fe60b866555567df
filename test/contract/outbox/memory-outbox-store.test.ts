import { describe, expect, it } from 'vitest';
import { leaseSeconds } from '../../../src/outbox/record/outbox-store.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryOutboxStore } from '../../support/memory/outbox-store.js';
import { sampleRecord } from '../../unit/outbox/sample-record.js';
import { describeOutboxStore } from './outbox-store-contract.js';

const never = new AbortController().signal;

describeOutboxStore('memory', async () => {
  const store = createMemoryOutboxStore({ clock: new ManualClock(), pageSize: 2 });
  return { store, deadLetters: async () => store.deadLetters(), close: async () => {} };
});

describe('memory outbox', () => {
  it('memory outbox: the lease of a holder who died ends by itself', async () => {
    const clock = new ManualClock();
    const store = createMemoryOutboxStore({ clock });
    await store.create(sampleRecord(), never);
    const [pending] = (await store.list(undefined, never)).records;
    const stored = await store.read(pending?.name ?? '', never);
    if (typeof stored === 'string') throw new Error(stored);
    await store.lease(stored, never);

    clock.advance(leaseSeconds * 1_000 - 1);
    expect(await store.lease(stored, never)).toBe('taken');
    clock.advance(1);
    expect(await store.lease(stored, never)).toMatchObject({ name: stored.name });
  });

  it('memory outbox: fails one call as switched, and works again once it is switched off', async () => {
    const store = createMemoryOutboxStore({ clock: new ManualClock() });
    store.setFault({ kind: 'error', code: 'unavailable' }, 'create');

    await expect(store.create(sampleRecord(), never)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await store.list(undefined, never)).toEqual({ records: [] });

    store.setFault(undefined, 'create');
    await store.create(sampleRecord(), never);
    expect(store.records().size).toBe(1);
  });
});
