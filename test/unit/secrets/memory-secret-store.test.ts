import { expect, test } from 'vitest';
import { createMemorySecretStore } from '../../../src/secrets/memory-secret-store.js';

test('memory secrets: a name that every object has is still not a secret', async () => {
  const store = createMemorySecretStore({});

  expect(await store.liveVersions('constructor', AbortSignal.timeout(1_000))).toEqual([]);
});

test('memory secrets: told to hang, they answer only when aborted', async () => {
  const store = createMemorySecretStore({ 'admin-token': 'local-admin-token' });
  const controller = new AbortController();
  store.setFault({ kind: 'hang' });

  const pending = store.liveVersions('admin-token', controller.signal);
  controller.abort();

  await expect(pending).rejects.toMatchObject({ name: 'SecretError', code: 'aborted' });
});

test('memory secrets: told to fail, they fail with that code until told otherwise', async () => {
  const store = createMemorySecretStore({ 'admin-token': 'local-admin-token' });
  const read = () => store.liveVersions('admin-token', AbortSignal.timeout(1_000));

  store.setFault({ kind: 'fail', code: 'throttled' });
  await expect(read()).rejects.toMatchObject({ code: 'throttled' });
  store.setFault({ kind: 'none' });

  expect(await read()).toEqual([{ version: 'setting', value: 'local-admin-token' }]);
});
