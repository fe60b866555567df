import { describe, expect, it } from 'vitest';
import { createOutboxFigures } from '../../../../src/outbox/record/outbox-figures.js';
import { ManualClock } from '../../../support/manual-clock.js';
import { createMemoryOutboxStore } from '../../../support/memory/outbox-store.js';
import { settled } from '../../../support/until.js';
import { sampleRecord } from '../sample-record.js';

const never = new AbortController().signal;

const setUp = () => {
  const clock = new ManualClock('2026-01-02T04:00:00.000Z');
  const store = createMemoryOutboxStore({ clock });
  const circuit = { isHealthy: true };
  return { clock, store, circuit, figures: createOutboxFigures({ store, circuit, clock }) };
};

describe('outbox figures', () => {
  it('an empty outbox owes nothing', async () => {
    expect(await setUp().figures()).toEqual({ pending: 0, oldestSeconds: 0 });
  });

  it('say how many wait, how long the oldest has, and how many copies each bot is owed', async () => {
    const { store, figures } = setUp();
    await store.create(sampleRecord({ id: 'a', time: '2026-01-02T03:59:50.000Z' }), never);
    await store.create(sampleRecord({ id: 'b', time: '2026-01-02T03:59:19.000Z' }), never);
    await store.create(sampleRecord({ id: 'c', time: '2026-01-02T03:59:59.000Z' }), never);

    expect(await figures()).toEqual({ pending: 3, oldestSeconds: 41, copies: { notifier: 3 } });
  });

  it('count over the pages of the listing, 5000 standing for all that come after', async () => {
    const record = { name: '2026/01/02/03/a.json', time: '2026-01-02T03:59:59.000Z' };
    const oldest = { name: '2026/01/02/03/b.json', time: '2026-01-02T03:59:50.000Z' };
    const pages = new Map([
      ['', { records: Array(2_400).fill(record), next: 'second' }],
      ['second', { records: [...Array(2_599).fill(record), oldest], next: 'third' }],
      ['third', { records: [record] }],
    ]);
    const figures = createOutboxFigures({
      store: { list: async (from = '') => pages.get(from) ?? { records: [] } },
      circuit: { isHealthy: true },
      clock: new ManualClock('2026-01-02T04:00:00.000Z'),
    });

    expect(await figures()).toEqual({ pending: 5_000, oldestSeconds: 10 });
  });

  it('are never below zero when the clock was put back', async () => {
    const { store, figures } = setUp();
    await store.create(sampleRecord({ time: '2026-01-02T05:00:00.000Z' }), never);

    expect(await figures()).toMatchObject({ pending: 1, oldestSeconds: 0 });
  });

  it('are unknown while storage fails', async () => {
    const { store, figures } = setUp();
    store.setFault({ kind: 'error', code: 'unavailable' });

    expect(await figures()).toEqual({ pending: null, oldestSeconds: null });
  });

  it('are unknown after a second when storage hangs, and known again once it answers', async () => {
    const { clock, store, figures } = setUp();
    store.setFault({ kind: 'hang' });

    const asked = Promise.all([figures(), figures()]);
    await settled();
    clock.advance(1_000);
    expect(await asked).toEqual(Array(2).fill({ pending: null, oldestSeconds: null }));
    expect(clock.pendingTimers).toBe(0);

    store.setFault(undefined);
    expect(await figures()).toEqual({ pending: 0, oldestSeconds: 0 });
  });

  it('storage is not asked while its breaker is not closed', async () => {
    const { circuit, store, figures } = setUp();
    circuit.isHealthy = false;
    let lists = 0;
    const { list } = store;
    const counted: typeof list = (...args) => {
      lists += 1;
      return list(...args);
    };
    Object.assign(store, { list: counted });

    expect(await figures()).toEqual({ pending: null, oldestSeconds: null });
    expect(lists).toBe(0);
  });
});
