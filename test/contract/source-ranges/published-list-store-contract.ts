import { describe, expect, it } from 'vitest';
import type { PublishedListStore } from '../../../src/source-ranges/published-list.js';

const list = { readAt: '2026-03-01T12:00:00.000Z', ranges: ['192.30.252.0/22', '2a0a:a440::/29'] } as const;

/** What every store of the published list does. `create` gives an empty one. */
export const publishedListStoreContract = (name: string, create: () => PublishedListStore): void => {
  const never = new AbortController().signal;

  describe(`published list: ${name}`, () => {
    it('nothing was ever written: there is none', async () => {
      expect(await create().read(never)).toBeUndefined();
    });

    it('gives back what was written', async () => {
      const store = create();

      await store.write(list, never);

      expect(await store.read(never)).toEqual(list);
    });

    it('a later list takes the place of the earlier one', async () => {
      const store = create();
      const later = { readAt: '2026-03-02T12:00:00.000Z', ranges: ['203.0.113.0/24'] };

      await store.write(list, never);
      await store.write(later, never);

      expect(await store.read(never)).toEqual(later);
    });

    it('an aborted call ends with the error of its own', async () => {
      const store = create();

      await expect(store.read(AbortSignal.abort())).rejects.toMatchObject({ name: 'ArchiveError', code: 'aborted' });
      await expect(store.write(list, AbortSignal.abort())).rejects.toMatchObject({
        name: 'ArchiveError',
        code: 'aborted',
      });
    });
  });
};
