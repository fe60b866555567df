import { beforeEach, describe, expect, it } from 'vitest';
import { networkMark, quarantineName } from '../../../src/quarantine/quarantine-name.js';
import { asidePrefix, type QuarantineStore } from '../../../src/quarantine/quarantine-store.js';

const never = new AbortController().signal;

/** A store, and what its container holds, by name. */
export interface QuarantineStoreOnTest {
  readonly store: QuarantineStore;
  readonly names: () => Promise<readonly string[]>;
}

const nameOf = (sequence: number, provider = 'github', at = '2026-01-02T03:04:05.678Z'): string =>
  quarantineName({
    provider,
    receivedAt: new Date(at),
    network: networkMark('203.0.113.7'),
    sequence,
    unique: `${provider} ${sequence} ${at}`,
  });

/** What every quarantine store does, in memory and on the real service. */
export const describeQuarantineStore = (title: string, create: () => Promise<QuarantineStoreOnTest>): void => {
  describe(`quarantine store: ${title}`, () => {
    let store: QuarantineStore;
    let names: QuarantineStoreOnTest['names'];

    beforeEach(async () => {
      ({ store, names } = await create());
    });

    const held = async (name: string) => {
      const lease = await store.lease(name, never);
      if (typeof lease === 'string') throw new Error(`The lease is ${lease}`);
      return lease;
    };

    it('lists nothing before anything was written', async () => {
      expect(await store.list(undefined, never)).toEqual({ entries: [] });
    });

    it('keeps a record byte for byte, and never replaces it', async () => {
      await store.create(nameOf(1), Buffer.from([0, 255, 10, 13]), never);
      await store.create(nameOf(1), Buffer.from('other'), never);

      expect(await store.read(nameOf(1), never)).toEqual(Buffer.from([0, 255, 10, 13]));
    });

    it('lists those of one provider by their arrival, with all that bounds and figures need', async () => {
      const late = nameOf(1, 'github', '2026-01-03T00:00:00.000Z');
      const early = nameOf(2, 'github', '2026-01-02T23:59:59.999Z');
      const same = nameOf(3, 'github', '2026-01-02T23:59:59.999Z');
      for (const name of [late, same, early]) await store.create(name, Buffer.alloc(7), never);

      const { entries } = await store.list(undefined, never);

      expect(entries.map(({ name }) => name)).toEqual([early, same, late]);
      expect(entries[0]).toEqual({
        name: early,
        provider: 'github',
        network: networkMark('203.0.113.7'),
        arrivedMs: Date.parse('2026-01-02T23:59:59.999Z'),
        bytes: 7,
      });
    });

    it('a leased record is taken for everybody else, until it is given back', async () => {
      await store.create(nameOf(1), Buffer.from('x'), never);
      const lease = await held(nameOf(1));

      const meanwhile = await store.lease(nameOf(1), never);
      await store.release(lease, never);

      expect(meanwhile).toBe('taken');
      expect(await store.lease(nameOf(1), never)).toMatchObject({ name: nameOf(1) });
    });

    it('a leased record can be neither replaced nor removed by another', async () => {
      await store.create(nameOf(1), Buffer.from('x'), never);
      const lease = await held(nameOf(1));

      await store.create(nameOf(1), Buffer.from('other'), never);
      const other = { ...lease, leaseId: '00000000-0000-4000-8000-000000000000' };
      await expect(store.remove(other, never)).rejects.toThrow();

      expect(await store.read(nameOf(1), never)).toEqual(Buffer.from('x'));
    });

    it('a removed record is gone, and removing it again is harmless', async () => {
      await store.create(nameOf(1), Buffer.from('x'), never);
      const lease = await held(nameOf(1));

      await store.remove(lease, never);
      await store.remove(lease, never);

      expect(await store.read(nameOf(1), never)).toBe('gone');
      expect(await store.lease(nameOf(1), never)).toBe('gone');
      expect((await store.list(undefined, never)).entries).toEqual([]);
    });

    it('what is put aside is not listed, and lies there for people to look at', async () => {
      await store.create(nameOf(1), Buffer.from('x'), never);

      await store.putAside(await held(nameOf(1)), Buffer.from('x'), never);

      expect((await store.list(undefined, never)).entries).toEqual([]);
      expect(await names()).toEqual([`${asidePrefix}${nameOf(1)}`]);
    });

    it('an abort ends a call with an error of its own', async () => {
      await expect(store.create(nameOf(1), Buffer.from('x'), AbortSignal.abort())).rejects.toMatchObject({
        name: 'ArchiveError',
      });
    });
  });
};
