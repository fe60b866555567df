import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../../local/faults/fault.js';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { type KeyVault, startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { createCachedSecrets } from '../../../src/secrets/cached-secrets.js';
import { classifySecretError } from '../../../src/secrets/classify-secret-error.js';
import { createEmulatorCredential } from '../../../src/secrets/emulator-credential.js';
import { createKeyVaultSecretStore } from '../../../src/secrets/key-vault-secret-store.js';
import type { SecretError, SecretVersion } from '../../../src/secrets/secret-store.js';
import type { SecretLookup } from '../../../src/secrets/secrets.js';
import { keyVaultBreakerOptions } from '../../../src/settings/azure-breaker-options.js';
import { ManualClock } from '../../support/manual-clock.js';

const name = 'github-webhook-secret';
const timeoutMs = 2_000;

let directory: string;
let vault: KeyVault;
let proxy: FaultProxy;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-vault-'));
  vault = await startKeyVault({
    port: 0,
    stateDirectory: directory,
    initialSecrets: { [name]: 'first secret of many' },
  });
  proxy = await startFaultProxy({ name: 'key-vault', listenPort: 0, targetPort: vault.port });
});

afterEach(async () => {
  await proxy.close();
  await vault.close();
  await rm(directory, { recursive: true, force: true });
});

/** The whole of `src/secrets` as the app joins it, on a real vault and sockets; only its time is moved by hand. */
const joinSecrets = async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker<readonly SecretVersion[], SecretError>({
    name: 'key-vault',
    options: keyVaultBreakerOptions,
    classify: classifySecretError,
    clock,
  });
  const client = new SecretClient(`https://127.0.0.1:${proxy.port}`, createEmulatorCredential(), {
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
    tlsOptions: { ca: await readFile(vault.caFile, 'utf8') },
  });
  const secrets = createCachedSecrets({
    store: createKeyVaultSecretStore(async () => client, { epochMs: Date.now }),
    breaker,
    clock,
    log: { write: () => undefined },
    refreshMs: 300_000,
    maxStaleMs: 86_400_000,
  });
  /** Looks up; while nothing comes back, the breaker's time runs out, and with it the caller's. */
  const lookUp = async (): Promise<SecretLookup> => {
    const pending = secrets.lookUp(name, { timeoutMs });
    if (proxy.fault.kind === 'hang') clock.advance(keyVaultBreakerOptions.operationTimeoutMs);
    return pending;
  };
  return { breaker, clock, lookUp };
};

const faults: readonly Fault[] = [
  { kind: 'refuse' },
  { kind: 'reset' },
  { kind: 'hang' },
  { kind: 'drop-after', bytes: 900 },
];

describe('secrets while the vault fails', () => {
  test.each(
    faults,
  )('secrets, vault %j: a cached secret goes on verifying, and all is well soon after', async (fault) => {
    const { breaker, clock, lookUp } = await joinSecrets();
    await lookUp();
    await proxy.setFault(fault);
    clock.advance(300_000);

    const during: SecretLookup[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      during.push(await lookUp());
      clock.advance(5_000);
    }
    const opened = breaker.state;
    await proxy.setFault({ kind: 'none' });
    clock.advance(60_000);
    const first = await lookUp();
    clock.advance(5_000);
    await lookUp();

    expect(during.every((lookup) => lookup.kind === 'found' && lookup.source === 'cache')).toBe(true);
    expect(opened).toBe('Open');
    expect(first).toMatchObject({ kind: 'found', source: 'vault' });
    expect(breaker.state).toBe('Closed');
  });

  test.each(
    faults,
  )('secrets, vault %j: with nothing cached there is no secret, and three tries open the breaker', async (fault) => {
    await proxy.setFault(fault);
    const { breaker, clock, lookUp } = await joinSecrets();

    const tries = [await lookUp(), await lookUp(), await lookUp(), await lookUp()];
    const opened = breaker.snapshot();
    await proxy.setFault({ kind: 'none' });
    clock.advance(60_000);

    expect(tries.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'unavailable'));
    expect(opened).toMatchObject({ state: 'Open', failed: 3, rejected: 1 });
    expect(await lookUp()).toMatchObject({ kind: 'found', source: 'vault' });
  });

  test('secrets: a secret that was rotated is known after the refresh age, and the one before it still counts', async () => {
    const { clock, lookUp } = await joinSecrets();
    await lookUp();
    await vault.setSecret(name, 'second secret of many');

    const before = await lookUp();
    clock.advance(300_000);
    const after = await lookUp();

    const values = (lookup: SecretLookup) => lookup.kind === 'found' && lookup.versions.map(({ value }) => value);
    expect(values(before)).toEqual(['first secret of many']);
    expect(values(after)).toEqual(['second secret of many', 'first secret of many']);
  });
});
