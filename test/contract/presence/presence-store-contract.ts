import { beforeEach, describe, expect, it } from 'vitest';
import type { PresenceStore } from '../../../src/presence/presence-store.js';

const never = new AbortController().signal;

/** A store, and a way to end all leases as time does. */
export interface PresenceStoreOnTest {
  readonly store: PresenceStore;
  readonly endLeases: () => Promise<void>;
}

const note = { process: 'p1', since: '2026-01-02T03:04:05.678Z' };
const later = { process: 'p1', since: '2026-01-02T03:05:00.000Z' };

/** What every store of notes does, in memory and on the real service. */
export const describePresenceStore = (title: string, create: () => Promise<PresenceStoreOnTest>): void => {
  describe(`presence store: ${title}`, () => {
    let store: PresenceStore;
    let endLeases: PresenceStoreOnTest['endLeases'];

    beforeEach(async () => {
      ({ store, endLeases } = await create());
    });

    const abandonedNote = async () => {
      const [first] = (await store.list(never)).abandoned;
      if (first === undefined) throw new Error('Nothing was left behind');
      return first;
    };

    it('lists nothing before anything was written', async () => {
      expect(await store.list(never)).toEqual({ held: [], abandoned: [] });
    });

    it('shows a note as held while its lease lasts, and as abandoned after it has ended', async () => {
      await store.announce('p1.1', note, never);
      expect(await store.list(never)).toEqual({ held: [note], abandoned: [] });

      await endLeases();

      expect((await store.list(never)).held).toEqual([]);
      expect((await abandonedNote()).note).toEqual(note);
    });

    it('renews with and without another note', async () => {
      const lease = await store.announce('p1.1', note, never);

      expect(await store.renew(lease, undefined, never)).toBe('renewed');
      expect((await store.list(never)).held).toEqual([note]);
      expect(await store.renew(lease, later, never)).toBe('renewed');
      expect((await store.list(never)).held).toEqual([later]);
    });

    it('lets one take what was left behind, and its process find it lost', async () => {
      const lease = await store.announce('p1.1', note, never);
      await endLeases();
      const left = await abandonedNote();

      const taken = await store.take(left, never);

      expect(taken).toMatchObject({ name: left.name });
      expect(await store.take(left, never)).toBe('taken');
      expect(await store.renew(lease, later, never)).toBe('lost');
      expect((await store.list(never)).held).toEqual([note]);
      await store.remove(lease, never);
      expect((await store.list(never)).held).toEqual([note]);
    });

    it('ends a note under its lease; one that is gone is none any more', async () => {
      const lease = await store.announce('p1.1', note, never);
      await store.remove(lease, never);
      await store.remove(lease, never);

      expect(await store.list(never)).toEqual({ held: [], abandoned: [] });
      expect(await store.renew(lease, later, never)).toBe('lost');
    });
  });
};
