import { describe, expect, test } from 'vitest';
import type { SecretStore } from '../../../src/secrets/secret-store.js';

/** A store and the means to change what lies behind it. Every method answers when the change can be seen. */
export interface SecretStoreHarness {
  readonly store: SecretStore;
  /** Adds a version, newer than all others, and answers its id. */
  add(name: string, value: string): Promise<string>;
  disable(name: string, version: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Makes every look-up fail, or none. */
  setFailing(failing: boolean): Promise<void>;
  /** Makes every look-up wait, or none. */
  setHanging(hanging: boolean): Promise<void>;
}

const never = new AbortController().signal;

/** What every `SecretStore` does, whatever is behind it. */
export const secretStoreContract = (kind: string, harness: () => SecretStoreHarness): void => {
  let last = 0;
  const newName = (): string => {
    last += 1;
    return `provider-${last}-webhook-secret`;
  };

  describe(`secret store: ${kind}`, () => {
    test('gives one version with its id and value', async () => {
      const name = newName();
      const version = await harness().add(name, "It's a Secret to Everybody");

      const live = await harness().store.liveVersions(name, never);

      expect(live).toEqual([{ version, value: "It's a Secret to Everybody" }]);
    });

    test('gives the newest three versions, newest first', async () => {
      const name = newName();
      for (const value of ['one', 'two', 'three', 'four', 'five']) await harness().add(name, value);

      const live = await harness().store.liveVersions(name, never);

      expect(live.map(({ value }) => value)).toEqual(['five', 'four', 'three']);
    });

    test('passes over a disabled version, and an older one takes its place', async () => {
      const name = newName();
      const versions: string[] = [];
      for (const value of ['one', 'two', 'three', 'four']) versions.push(await harness().add(name, value));
      await harness().disable(name, versions[3] ?? '');
      await harness().disable(name, versions[1] ?? '');

      const live = await harness().store.liveVersions(name, never);

      expect(live.map(({ value }) => value)).toEqual(['three', 'one']);
    });

    test('gives nothing when every version is disabled', async () => {
      const name = newName();
      await harness().disable(name, await harness().add(name, 'one'));

      expect(await harness().store.liveVersions(name, never)).toEqual([]);
    });

    test('gives nothing for a secret that never was, or was removed', async () => {
      const name = newName();
      const before = await harness().store.liveVersions(name, never);
      await harness().add(name, 'one');
      await harness().remove(name);

      expect([before, await harness().store.liveVersions(name, never)]).toEqual([[], []]);
    });

    test('gives the value byte for byte, white space, quotes and other alphabets too', async () => {
      const name = newName();
      const value = ' "päss\tword" \\u0000 🤖\n';
      await harness().add(name, value);

      const live = await harness().store.liveVersions(name, never);

      expect(live.map((version) => version.value)).toEqual([value]);
    });

    test('throws a SecretError while it fails, and works again afterwards', async () => {
      const name = newName();
      await harness().add(name, 'one');
      await harness().setFailing(true);

      await expect(harness().store.liveVersions(name, never)).rejects.toMatchObject({
        name: 'SecretError',
        code: 'unavailable',
      });

      await harness().setFailing(false);
      expect(await harness().store.liveVersions(name, never)).toHaveLength(1);
    });

    test('ends with an abort when its signal says so, in the middle of a call or before it', async () => {
      const name = newName();
      const controller = new AbortController();
      await harness().setHanging(true);

      const pending = harness().store.liveVersions(name, controller.signal);
      const settled = expect(pending).rejects.toMatchObject({ name: 'SecretError', code: 'aborted' });
      controller.abort();
      await settled;

      await harness().setHanging(false);
      await expect(harness().store.liveVersions(name, controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    });
  });
};
