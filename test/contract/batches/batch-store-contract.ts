import { describe, expect, it } from 'vitest';
import type { BatchStore } from '../../../src/batches/batch-store.js';

const never = new AbortController().signal;
const nameOf = (number: number): string => `2026/01/02/03040567${number}-cloudevents-0123456789abcdef-00000.batch`;
const bytes = Buffer.from('{"head":"ü"}\n[1, 2]');

/** What every store of batches does. `create` gives an empty one. */
export const batchStoreContract = (name: string, create: () => BatchStore): void => {
  describe(`batch store: ${name}`, () => {
    it('that nobody made is empty', async () => {
      const store = create();

      expect(await store.list(never)).toEqual([]);
      expect(await store.read(nameOf(1), never)).toBe('gone');
      await store.saveLeft(nameOf(1), '1', never);
      await store.remove(nameOf(1), never);
    });

    it('gives back what was written, byte for byte, the oldest first', async () => {
      const store = create();

      await store.create({ name: nameOf(2), bytes: Buffer.from('later') }, never);
      await store.create({ name: nameOf(1), bytes, left: '0-1' }, never);

      expect(await store.list(never)).toEqual([{ name: nameOf(1), left: '0-1' }, { name: nameOf(2) }]);
      expect(await store.read(nameOf(1), never)).toEqual(bytes);
    });

    it('never replaces a batch', async () => {
      const store = create();

      await store.create({ name: nameOf(1), bytes, left: '1' }, never);
      await store.create({ name: nameOf(1), bytes: Buffer.from('other') }, never);

      expect(await store.read(nameOf(1), never)).toEqual(bytes);
      expect(await store.list(never)).toEqual([{ name: nameOf(1), left: '1' }]);
    });

    it('writes down what is left and leaves the batch as it is', async () => {
      const store = create();
      await store.create({ name: nameOf(1), bytes }, never);

      await store.saveLeft(nameOf(1), '1', never);

      expect(await store.list(never)).toEqual([{ name: nameOf(1), left: '1' }]);
      expect(await store.read(nameOf(1), never)).toEqual(bytes);
    });

    it('removes a batch, and says nothing of one that is gone', async () => {
      const store = create();
      await store.create({ name: nameOf(1), bytes }, never);

      await store.remove(nameOf(1), never);
      await store.remove(nameOf(1), never);

      expect(await store.list(never)).toEqual([]);
    });

    it('an aborted call ends with the error of its own', async () => {
      const store = create();
      const aborted = AbortSignal.abort();

      for (const call of [
        store.create({ name: nameOf(1), bytes }, aborted),
        store.list(aborted),
        store.read(nameOf(1), aborted),
        store.saveLeft(nameOf(1), '1', aborted),
        store.remove(nameOf(1), aborted),
      ]) {
        await expect(call).rejects.toMatchObject({ name: 'ArchiveError', code: 'aborted' });
      }
    });
  });
};
