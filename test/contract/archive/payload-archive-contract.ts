import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ArchiveError } from '../../../src/archive/archive-error.js';
import { envelopeAttributesFrom } from '../../../src/archive/blob-form.js';
import type { ArchiveEntry, PayloadArchive, PayloadToArchive } from '../../../src/archive/payload-archive.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';

/** An archive under test, and how to end what it runs on. */
export interface ArchiveUnderTest {
  readonly archive: PayloadArchive;
  close(): Promise<void>;
}

const never = new AbortController().signal;
const newPayload = (given: Parameters<typeof samplePayload>[0] = {}): PayloadToArchive =>
  samplePayload({ ...given, attributes: { id: randomUUID(), correlationid: randomUUID(), ...given.attributes } });

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index));

/** What every archive does, whatever it is built on. */
export const describePayloadArchive = (name: string, start: () => Promise<ArchiveUnderTest>): void => {
  describe(`payload archive: ${name}`, () => {
    let underTest: ArchiveUnderTest;
    let archive: PayloadArchive;

    beforeAll(async () => {
      underTest = await start();
      archive = underTest.archive;
    });

    afterAll(() => underTest.close());

    it('archive: the first payload ever is stored although nobody made the container', async () => {
      const payload = newPayload();

      const archived = await archive.put(payload, never);

      const { id } = payload.attributes;
      expect(archived).toMatchObject({ name: `github/2026/11/21/${id}.json`, duplicate: false, conflict: false });
      expect(new URL(archived.url).pathname.endsWith(archived.name)).toBe(true);
    });

    it.each([
      ['JSON', Buffer.from('{"id":12345678901234567890, "a":1,\t"a":1.0e0,"s":"\\u00e9é"}'), 'application/json'],
      ['a form', Buffer.from('payload=%7B%22a%22%3A1%7D&x=+'), 'application/x-www-form-urlencoded'],
      ['every byte there is', allBytes, 'application/octet-stream'],
      ['nothing', Buffer.alloc(0), 'application/json; charset=utf-8'],
    ])('archive: %s comes back byte for byte with its content type', async (_, body, contentType) => {
      const { name } = await archive.put(newPayload({ body, contentType }), never);

      const stored = await archive.read(name, never);

      expect(stored?.body.equals(body)).toBe(true);
      expect(stored?.contentType).toBe(contentType);
    });

    it('archive: a slice of a larger buffer is stored without its surroundings', async () => {
      const body = Buffer.from('before{"a":1}after').subarray(6, 13);

      const { name } = await archive.put(newPayload({ body }), never);

      expect((await archive.read(name, never))?.body.toString()).toBe('{"a":1}');
    });

    it('archive: the very same envelope attributes come back, beyond ASCII too', async () => {
      const payload = newPayload({
        attributes: {
          subject: 'octo-org/octo-repo/ref/refs/heads/für 🚀 100%',
          action: ' a\r\nb ',
          source: 'x,y;z="1"',
        },
      });

      const { name } = await archive.put(payload, never);

      const stored = await archive.read(name, never);
      expect(envelopeAttributesFrom(stored?.metadata ?? {})).toEqual(payload.attributes);
      expect(stored?.metadata).toMatchObject({
        repository: 'octo-org/octo-repo',
        signaturestatus: 'verified',
        secretversion: 'v1',
        sha256: payload.sha256,
      });
    });

    it('archive: the same bytes again, in another request, are a duplicate and stay as they were', async () => {
      const payload = newPayload();
      const first = await archive.put(payload, never);

      const again = await archive.put(
        {
          ...payload,
          attributes: { ...payload.attributes, correlationid: randomUUID(), time: '2026-11-21T09:00:00.000Z' },
        },
        never,
      );

      expect(again).toEqual({ ...first, duplicate: true });
      expect((await archive.read(first.name, never))?.metadata['time']).toBe(payload.attributes.time);
    });

    it('archive: the same put repeated by its own request is no duplicate', async () => {
      const payload = newPayload();

      const first = await archive.put(payload, never);
      const again = await archive.put(payload, never);

      expect(again).toEqual(first);
    });

    it('archive: other bytes under a taken id go beside it and nothing is overwritten', async () => {
      const payload = newPayload({ body: Buffer.from('first') });
      const body = Buffer.from('second');
      const sha256 = createHash('sha256').update(body).digest('hex');
      const first = await archive.put(payload, never);

      const second = await archive.put({ ...payload, body, sha256 }, never);
      const third = await archive.put(
        { ...payload, body, sha256, attributes: { ...payload.attributes, correlationid: randomUUID() } },
        never,
      );

      expect(second).toMatchObject({
        name: first.name.replace('.json', `-${sha256}.json`),
        conflict: true,
        duplicate: false,
      });
      expect(third).toEqual({ ...second, duplicate: true });
      expect((await archive.read(first.name, never))?.body.toString()).toBe('first');
      expect((await archive.read(second.name, never))?.body.toString()).toBe('second');
    });

    it('archive: of twenty puts of one delivery at once, one creates and all agree', async () => {
      const payload = newPayload();
      const puts = Array.from({ length: 20 }, () =>
        archive.put({ ...payload, attributes: { ...payload.attributes, correlationid: randomUUID() } }, never),
      );

      const archived = await Promise.all(puts);

      expect(archived.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
      expect(new Set(archived.map(({ name }) => name)).size).toBe(1);
    });

    it('archive: an id with dots and slashes stays inside the archive', async () => {
      const payload = newPayload({ attributes: { id: '../../other-container/x' } });

      const { name } = await archive.put(payload, never);

      expect(name).toMatch(/^github\/2026\/11\/21\/[0-9a-f]{64}\.json$/);
      expect((await archive.read(name, never))?.metadata['id']).toBe('../../other-container/x');
    });

    it('archive: 25 MB go in and out whole', async () => {
      const body = Buffer.alloc(25 * 1024 * 1024, 'webhook ');
      const payload = newPayload({ body });

      const { name } = await archive.put(payload, never);

      expect((await archive.read(name, never))?.body.equals(body)).toBe(true);
    });

    it('archive: a name that is not there reads as undefined', async () => {
      expect(await archive.read('github/2026/11/21/none.json', never)).toBeUndefined();
    });

    it('archive: a listing shows what lies under a prefix in the order of names, over any number of pages', async () => {
      const day = { time: '2027-02-03T04:05:06.007Z' };
      const large = newPayload({ attributes: { ...day, id: 'list-a' }, body: Buffer.from('{"some":"bytes"}') });
      await archive.put(newPayload({ attributes: { ...day, id: 'list-c' } }), never);
      await archive.put(large, never);
      await archive.put(newPayload({ attributes: { ...day, id: 'list-b' } }), never);
      await archive.put(newPayload({ attributes: { ...day, id: 'other' } }), never);

      const entries: ArchiveEntry[] = [];
      let from: string | undefined;
      do {
        const page = await archive.list('github/2027/02/03/list-', from, never);
        entries.push(...page.entries);
        from = page.next;
      } while (from !== undefined);

      const folder = 'github/2027/02/03';
      expect(entries.map(({ name }) => name)).toEqual(['a', 'b', 'c'].map((end) => `${folder}/list-${end}.json`));
      const { metadata } = (await archive.read(`${folder}/list-a.json`, never)) ?? {};
      expect(entries[0]).toMatchObject({ size: large.body.length, contentType: large.contentType, metadata });
      expect(new URL(entries[0]?.url ?? '').pathname.endsWith(`${folder}/list-a.json`)).toBe(true);
    });

    it('archive: a listing where nothing lies is empty', async () => {
      expect(await archive.list('github/1999/', undefined, never)).toEqual({ entries: [] });
    });

    it('archive: under a signal that has fired nothing is stored', async () => {
      const payload = newPayload();
      const fired = AbortSignal.abort(new Error('deadline'));

      await expect(archive.put(payload, fired)).rejects.toMatchObject({ name: 'ArchiveError', code: 'aborted' });
      await expect(archive.read('x', fired)).rejects.toBeInstanceOf(ArchiveError);

      expect(await archive.read(`github/2026/11/21/${payload.attributes.id}.json`, never)).toBeUndefined();
    });
  });
};
