import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretClient, type SecretClientOptions } from '@azure/keyvault-secrets';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KeyVault, startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { createEmulatorCredential } from '../../../src/secrets/emulator-credential.js';
import { createKeyVaultSecretStore } from '../../../src/secrets/key-vault-secret-store.js';
import type { SecretStore } from '../../../src/secrets/secret-store.js';

const nowMs = Date.parse('2026-06-01T12:00:00Z');
const seconds = (iso: string): number => Date.parse(iso) / 1_000;
const never = new AbortController().signal;

let directory: string;
let vault: KeyVault;
let ca: string;

const storeOf = (uri: string, options: SecretClientOptions = { tlsOptions: { ca } }): SecretStore => {
  const client = new SecretClient(uri, createEmulatorCredential(), {
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 0 },
    ...options,
  });
  return createKeyVaultSecretStore(async () => client, { epochMs: () => nowMs });
};

type PipelinePolicy = NonNullable<SecretClientOptions['additionalPolicies']>[number]['policy'];
type Response = Awaited<ReturnType<PipelinePolicy['sendRequest']>>;

/** A client whose every call passes through `pass`, on its way out and back. */
const around = (pass: (url: string, send: () => Promise<Response>) => Promise<Response>): SecretClientOptions => ({
  tlsOptions: { ca },
  additionalPolicies: [
    {
      position: 'perCall',
      policy: { name: 'around', sendRequest: (request, next) => pass(request.url, () => next(request)) },
    },
  ],
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-vault-'));
  vault = await startKeyVault({ port: 0, stateDirectory: directory, epochMs: () => nowMs });
  ca = await readFile(vault.caFile, 'utf8');
});

afterAll(async () => {
  await vault.close();
  await rm(directory, { recursive: true, force: true });
});

describe('Key Vault secrets', () => {
  test('Key Vault secrets: a version that has expired, or has not begun, is not live', async () => {
    const name = 'dated';
    await vault.setSecret(name, 'expired', { exp: seconds('2026-06-01T12:00:00Z') });
    await vault.setSecret(name, 'expiring', { exp: seconds('2026-06-01T12:00:01Z') });
    await vault.setSecret(name, 'begun', { nbf: seconds('2026-06-01T12:00:00Z') });
    await vault.setSecret(name, 'to come', { nbf: seconds('2026-06-01T12:00:01Z') });

    const live = await storeOf(vault.vaultUri).liveVersions(name, never);

    expect(live.map(({ value }) => value)).toEqual(['begun', 'expiring']);
  });

  test('Key Vault secrets: the newest three are found however many pages of versions there are', async () => {
    for (let each = 1; each <= 60; each += 1) await vault.setSecret('rotated', `value ${each}`);

    const live = await storeOf(vault.vaultUri).liveVersions('rotated', never);

    expect(live.map(({ value }) => value)).toEqual(['value 60', 'value 59', 'value 58']);
  });

  test.each([
    ['disabled', () => vault.disableSecret('racing')],
    ['deleted', () => vault.removeSecret('racing')],
  ])('Key Vault secrets: a version that is %s right after it was listed is passed over', async (_what, meanwhile) => {
    await vault.setSecret('racing', 'one');
    const store = storeOf(
      vault.vaultUri,
      around(async (url, send) => {
        const response = await send();
        if (url.includes('/versions?')) await meanwhile();
        return response;
      }),
    );

    expect(await store.liveVersions('racing', never)).toEqual([]);
  });

  test.each([
    [400, 'refused'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('Key Vault secrets: an answer with status %i is the fault %s', async (status, code) => {
    vault.setErrorStatus(status);

    const failure = await storeOf(vault.vaultUri)
      .liveVersions('any', never)
      .catch((error: unknown) => error);

    vault.setErrorStatus(undefined);
    expect(failure).toMatchObject({ name: 'SecretError', code });
  });

  test('Key Vault secrets: a vault that says 404 has no such secret', async () => {
    vault.setErrorStatus(404);

    const live = await storeOf(vault.vaultUri).liveVersions('any', never);

    vault.setErrorStatus(undefined);
    expect(live).toEqual([]);
  });

  test('Key Vault secrets: a vault that is not there, or not who it should be, is unavailable', async () => {
    const closed = await startKeyVault({ port: 0, stateDirectory: join(directory, 'closed') });
    await closed.close();

    const notThere = storeOf(closed.vaultUri).liveVersions('any', never);
    const notTrusted = storeOf(vault.vaultUri, {}).liveVersions('any', never);

    await expect(notThere).rejects.toMatchObject({ name: 'SecretError', code: 'unavailable' });
    await expect(notTrusted).rejects.toMatchObject({ name: 'SecretError', code: 'unavailable' });
  });

  test('Key Vault secrets: an abort between two pages of versions ends the call, whatever its reason', async () => {
    for (let each = 1; each <= 30; each += 1) await vault.setSecret('many', `value ${each}`);
    const controller = new AbortController();
    let calls = 0;
    const store = storeOf(
      vault.vaultUri,
      around(async (_url, send) => {
        calls += 1;
        const response = await send();
        controller.abort(new RangeError('for a reason of its own'));
        return response;
      }),
    );

    await expect(store.liveVersions('many', controller.signal)).rejects.toMatchObject({ code: 'aborted' });
    expect(calls).toBe(1);
  });

  test('Key Vault secrets: when one version cannot be read, the calls for the others have ended too', async () => {
    const first = await vault.setSecret('three', 'one');
    await vault.setSecret('three', 'two');
    await vault.setSecret('three', 'three');
    let running = 0;
    const store = storeOf(
      vault.vaultUri,
      around(async (url, send) => {
        if (url.includes(first)) throw new TypeError('fails at once');
        running += 1;
        return send().finally(() => {
          running -= 1;
        });
      }),
    );

    await expect(store.liveVersions('three', never)).rejects.toMatchObject({ code: 'unexpected' });
    expect(running).toBe(0);
  });

  test('Key Vault secrets: a client that cannot be made is a fault like any other', async () => {
    const store = createKeyVaultSecretStore(() => Promise.reject(new TypeError('no client')), { epochMs: () => nowMs });

    await expect(store.liveVersions('any', never)).rejects.toMatchObject({ name: 'SecretError', code: 'unexpected' });
  });
});
