import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArchiveError } from '../../../src/archive/archive-error.js';
import type { DeadLetter, OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import type { OutboxStore, RecordLease, StoredLetter, StoredRecord } from '../../../src/outbox/record/outbox-store.js';
import { sampleRecord } from '../../unit/outbox/sample-record.js';

/** An outbox under test, empty, with pages of `pageSize` or more, and how to end what it runs on. */
export interface OutboxUnderTest {
  readonly store: OutboxStore;
  deadLetters(): Promise<ReadonlyMap<string, DeadLetter>>;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const folder = '2026/01/02/03';

const listAll = async (store: OutboxStore): Promise<readonly string[]> => {
  const names: string[] = [];
  let from: string | undefined;
  do {
    const page = await store.list(from, never);
    names.push(...page.records.map(({ name }) => name));
    from = page.next;
  } while (from !== undefined);
  return names;
};

const readExisting = async (store: OutboxStore, name: string): Promise<StoredRecord> => {
  const stored = await store.read(name, never);
  if (stored === 'gone' || stored === 'unreadable') throw new Error(`${name} is ${stored}`);
  return stored;
};

const leaseExisting = async (store: OutboxStore, name: string): Promise<RecordLease> => {
  const lease = await store.lease(await readExisting(store, name), never);
  if (lease === 'gone' || lease === 'taken') throw new Error(`${name} is ${lease}`);
  return lease;
};

/** The first one. */
const readLetter = async (store: OutboxStore): Promise<StoredLetter> => {
  const [pending] = (await store.listDeadLetters(undefined, never)).records;
  const stored = await store.readDeadLetter(pending?.name ?? '', never);
  if (typeof stored === 'string') throw new Error(`It is ${stored}`);
  return stored;
};

const letterOf = (record: OutboxRecord): DeadLetter => ({
  ...record,
  reason: 'queue-missing',
  deadLetteredAt: '2026-01-02T04:00:00.000Z',
});

/** What every outbox store does, whatever it is built on. */
export const describeOutboxStore = (name: string, start: () => Promise<OutboxUnderTest>): void => {
  describe(`outbox store: ${name}`, () => {
    let underTest: OutboxUnderTest;
    let store: OutboxStore;

    beforeEach(async () => {
      underTest = await start();
      store = underTest.store;
    });

    afterEach(() => underTest.close());

    it('outbox: what was delivered is remembered, page by page, and is no record', async () => {
      const copy = { queue: 'bot-notifier', messageId: 'github:one:hash' };
      expect(await store.listDelivered(undefined, never)).toEqual({ keys: [] });
      await store.create(sampleRecord(), never);

      for (const keys of [['b-key', 'c'], ['A_key'], ['b-key', 'c']]) {
        await store.remember(new Map(keys.map((key) => [key, copy])), never);
      }

      const keys: string[] = [];
      let from: string | undefined;
      do {
        const page = await store.listDelivered(from, never);
        keys.push(...page.keys);
        from = page.next;
      } while (from !== undefined);
      expect(keys.toSorted()).toEqual(['A_key', 'b-key', 'c']);
      expect(await listAll(store)).toHaveLength(1);
    });

    it('outbox: an outbox that nobody made is empty', async () => {
      expect(await store.list(undefined, never)).toEqual({ records: [] });
      expect(await store.read(`${folder}/none.json`, never)).toBe('gone');
    });

    it('outbox: a record lies at its hour and id, and reads back as it was written', async () => {
      const record = sampleRecord({
        id: 'b16b00b5-0000-4000-8000-000000000001',
        owed: [{ bot: 'merge-warden', queue: 'bot-merge-warden', sessionId: 'octo-org/für/1' }, { attempts: 3 }],
        history: [
          {
            bot: 'merge-warden',
            reason: 'timeout',
            times: 2,
            firstAt: '2026-01-02T03:04:05.678Z',
            lastAt: '2026-01-02T03:05:05.678Z',
          },
        ],
      });

      await store.create(record, never);

      const at = `${folder}/b16b00b5-0000-4000-8000-000000000001.json`;
      expect(await store.list(undefined, never)).toMatchObject({
        records: [{ name: at, time: record.attributes.time }],
      });
      expect(await store.read(at, never)).toMatchObject({ name: at, record });
    });

    it('outbox: a listing shows the very record that reading it would, and that can be leased', async () => {
      await store.create(sampleRecord({ owed: [{ bot: 'a', queue: 'q-a', sessionId: 'octo-org/für/1' }] }), never);
      const [pending] = (await store.list(undefined, never)).records;

      const shown = pending?.shown?.();

      expect(shown).toEqual(await readExisting(store, pending?.name ?? ''));
      if (shown === undefined) throw new Error('Nothing is shown');
      expect(await store.lease(shown, never)).toMatchObject({ name: pending?.name });
    });

    it('outbox: what a listing showed before the record changed is not leased, and the next listing shows the change', async () => {
      await store.create(sampleRecord(), never);
      const [before] = (await store.list(undefined, never)).records;
      const lease = await leaseExisting(store, before?.name ?? '');
      const changed = sampleRecord({ owed: [{ attempts: 1 }] });
      await store.update(lease, changed, never);
      await store.release(lease, never);

      const stale = before?.shown?.();
      if (stale === undefined) throw new Error('Nothing is shown');

      expect(await store.lease(stale, never)).toBe('taken');
      const [after] = (await store.list(undefined, never)).records;
      expect(after?.shown?.()?.record).toEqual(changed);
    });

    it('outbox: an id with dots and slashes stays inside the outbox', async () => {
      await store.create(sampleRecord({ id: '../../webhook-payloads/x' }), never);

      const [at = ''] = await listAll(store);
      expect(at).toMatch(/^2026\/01\/02\/03\/[0-9a-f]{64}\.json$/);
      expect((await readExisting(store, at)).record.attributes.id).toBe('../../webhook-payloads/x');
    });

    it('outbox: the same record again is the same record', async () => {
      await store.create(
        sampleRecord({
          owed: [
            { bot: 'a', queue: 'q-a' },
            { bot: 'b', queue: 'q-b' },
          ],
        }),
        never,
      );
      await store.create(sampleRecord({ owed: [{ bot: 'b', queue: 'q-b' }] }), never);

      expect(await listAll(store)).toHaveLength(1);
    });

    it('outbox: of twenty creations of one record at once all succeed and one stays', async () => {
      await Promise.all(Array.from({ length: 20 }, () => store.create(sampleRecord(), never)));

      expect(await listAll(store)).toHaveLength(1);
    });

    it.each([
      ['another provider', sampleRecord({ provider: 'gitlab' })],
      ['other bytes', sampleRecord({ archiveName: 'github/2026/01/02/other.json' })],
      ['another queue', sampleRecord({ owed: [{ bot: 'b', queue: 'q-b' }] })],
    ])("outbox: a taken name is nobody else's: a record of %s lies beside it", async (_, other) => {
      await store.create(sampleRecord({ owed: [{ bot: 'a', queue: 'q-a' }] }), never);
      await store.create(other, never);
      await store.create(other, never);

      const names = await listAll(store);
      const records = await Promise.all(names.map(async (at) => (await readExisting(store, at)).record));
      expect(records).toHaveLength(2);
      expect(records).toContainEqual(other);
    });

    it('outbox: a leased record stands for its own creation', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      await leaseExisting(store, at);

      await store.create(sampleRecord(), never);

      expect(await listAll(store)).toEqual([at]);
    });

    it('outbox: names come hour by hour over any number of pages', async () => {
      const hours = ['2026-01-03T00:00:00.000Z', '2026-01-02T23:59:59.999Z', '2025-12-31T05:00:00.000Z'];
      for (const [index, time] of hours.entries()) await store.create(sampleRecord({ id: `id-${index}`, time }), never);

      expect(await listAll(store)).toEqual([
        '2025/12/31/05/id-2.json',
        '2026/01/02/23/id-1.json',
        '2026/01/03/00/id-0.json',
      ]);
    });

    it('outbox: of twenty who ask at once one gets the lease', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      const stored = await readExisting(store, at);

      const leases = await Promise.all(Array.from({ length: 20 }, () => store.lease(stored, never)));

      expect(leases.filter((lease) => lease === 'taken')).toHaveLength(19);
    });

    it('outbox: a lease given back can be had again', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      await store.release(await leaseExisting(store, at), never);

      expect(await leaseExisting(store, at)).toMatchObject({ name: at });
    });

    it('outbox: a record that changed since it was read is not leased on old news', async () => {
      await store.create(
        sampleRecord({
          owed: [
            { bot: 'a', queue: 'q-a' },
            { bot: 'b', queue: 'q-b' },
          ],
        }),
        never,
      );
      const [at = ''] = await listAll(store);
      const stale = await readExisting(store, at);
      const lease = await leaseExisting(store, at);
      const rest = sampleRecord({ owed: [{ bot: 'b', queue: 'q-b', attempts: 1 }] });
      await store.update(lease, rest, never);
      await store.release(lease, never);

      expect(await store.lease(stale, never)).toBe('taken');
      expect((await readExisting(store, at)).record).toEqual(rest);
      expect(await store.list(undefined, never)).toMatchObject({ records: [{ name: at, time: rest.attributes.time }] });
    });

    it('outbox: a removed record is gone for everybody, and removing it again is harmless', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      const stored = await readExisting(store, at);
      const lease = await leaseExisting(store, at);

      await store.remove(lease, never);
      await store.remove(lease, never);

      expect(await store.lease(stored, never)).toBe('gone');
      expect(await store.read(at, never)).toBe('gone');
      expect(await listAll(store)).toEqual([]);
    });

    it('outbox: without the lease nobody writes', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      await leaseExisting(store, at);
      const stranger = { name: at, leaseId: randomUUID() };

      await expect(store.update(stranger, sampleRecord(), never)).rejects.toMatchObject({ code: 'refused' });
      await expect(store.remove(stranger, never)).rejects.toMatchObject({ code: 'refused' });

      expect(await listAll(store)).toEqual([at]);
    });

    it('outbox: a lease that was lost to another does not remove the record', async () => {
      await store.create(sampleRecord(), never);
      const [at = ''] = await listAll(store);
      const lost = await leaseExisting(store, at);
      await store.release(lost, never);
      await leaseExisting(store, at);

      await expect(store.remove(lost, never)).rejects.toBeInstanceOf(ArchiveError);

      expect(await listAll(store)).toEqual([at]);
    });

    it('outbox: a dead letter keeps reason and history, once however often it is written', async () => {
      const letter = letterOf(sampleRecord());

      await store.deadLetter(letter, never);
      await store.deadLetter({ ...letter, deadLetteredAt: '2026-01-02T05:00:00.000Z' }, never);

      expect(await underTest.deadLetters()).toEqual(new Map([[`${folder}/${letter.attributes.id}.json`, letter]]));
    });

    it('outbox: dead letters are listed and read as they were written', async () => {
      const letter = letterOf(sampleRecord());
      await store.deadLetter(letter, never);

      const { records } = await store.listDeadLetters(undefined, never);

      expect(records).toMatchObject([{ name: `${folder}/${letter.attributes.id}.json`, time: letter.attributes.time }]);
      expect(await store.readDeadLetter(records[0]?.name ?? '', never)).toMatchObject({ letter });
      expect(await store.readDeadLetter(`${folder}/none.json`, never)).toBe('gone');
    });

    it('outbox: what is left of a dead letter takes its place, and the last copy ends it', async () => {
      const both = letterOf(
        sampleRecord({
          owed: [
            { bot: 'a', queue: 'q-a' },
            { bot: 'b', queue: 'q-b' },
          ],
        }),
      );
      await store.deadLetter(both, never);
      const before = await readLetter(store);
      const rest = { ...both, owed: both.owed.filter(({ bot }) => bot === 'b') };

      expect(await store.replaceDeadLetter(before, rest, never)).toBe('replaced');
      const after = await readLetter(store);
      expect(after).toMatchObject({ name: before.name, letter: rest });
      expect((await store.listDeadLetters(undefined, never)).records).toMatchObject([{ time: both.attributes.time }]);

      expect(await store.replaceDeadLetter(before, undefined, never)).toBe('changed');
      expect(await store.replaceDeadLetter(before, rest, never)).toBe('changed');
      expect(await readLetter(store)).toEqual(after);

      expect(await store.replaceDeadLetter(after, undefined, never)).toBe('replaced');
      expect(await underTest.deadLetters()).toEqual(new Map());
      expect(await store.replaceDeadLetter(after, undefined, never)).toBe('changed');
      expect(await store.replaceDeadLetter(after, rest, never)).toBe('changed');
      expect(await underTest.deadLetters()).toEqual(new Map());
    });

    it('outbox: of ten who change one dead letter at once one does', async () => {
      await store.deadLetter(letterOf(sampleRecord()), never);
      const stored = await readLetter(store);

      const results = await Promise.all(
        Array.from({ length: 10 }, () => store.replaceDeadLetter(stored, stored.letter, never)),
      );

      expect(results.filter((result) => result === 'replaced')).toHaveLength(1);
    });

    it('outbox: a record, or a dead letter, never stands for one that was revived since', async () => {
      const record = sampleRecord();
      const revived = { ...record, revived: { times: 1, at: '2026-01-09T00:00:00.000Z' } };
      const later = { ...record, revived: { times: 1, at: '2026-01-09T00:00:01.000Z' } };

      for (const one of [record, revived, later]) await store.create(one, never);
      for (const one of [record, revived, later]) await store.deadLetter(letterOf(one), never);

      const names = await listAll(store);
      const records = await Promise.all(names.map(async (at) => (await readExisting(store, at)).record));
      expect(records).toHaveLength(2);
      expect(records).toEqual(expect.arrayContaining([record, revived]));
      expect([...(await underTest.deadLetters()).values()]).toHaveLength(2);
    });

    it('outbox: a dead letter never replaces that of another bot', async () => {
      const first = letterOf(sampleRecord({ owed: [{ bot: 'a', queue: 'q-a' }] }));
      const second = letterOf(sampleRecord({ owed: [{ bot: 'b', queue: 'q-b' }] }));

      await store.deadLetter(first, never);
      await store.deadLetter(second, never);

      expect([...(await underTest.deadLetters()).values()]).toEqual(expect.arrayContaining([first, second]));
    });

    it('outbox: under a signal that has fired nothing is stored', async () => {
      await expect(store.create(sampleRecord(), AbortSignal.abort('deadline'))).rejects.toMatchObject({
        name: 'ArchiveError',
        code: 'aborted',
      });

      expect(await listAll(store)).toEqual([]);
    });
  });
};
