import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecretClient } from '@azure/keyvault-secrets';
import { afterAll, beforeAll } from 'vitest';
import { type KeyVault, startKeyVault } from '../../../local/key-vault/start-key-vault.js';
import { createEmulatorCredential } from '../../../src/secrets/emulator-credential.js';
import { createKeyVaultSecretStore } from '../../../src/secrets/key-vault-secret-store.js';
import type { SecretStore } from '../../../src/secrets/secret-store.js';
import { secretStoreContract } from './secret-store-contract.js';

let directory: string;
let vault: KeyVault;
let silence: { readonly uri: string; close(): void };
let store: SecretStore;
let silentStore: SecretStore;
let hanging = false;

/** Accepts connections and says nothing. */
const startSilence = async () => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { uri: `https://127.0.0.1:${port}`, close };
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'breakwater-vault-'));
  vault = await startKeyVault({ port: 0, stateDirectory: directory });
  silence = await startSilence();
  const ca = await readFile(vault.caFile, 'utf8');
  const storeOf = (uri: string): SecretStore => {
    const client = new SecretClient(uri, createEmulatorCredential(), {
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
      tlsOptions: { ca },
    });
    return createKeyVaultSecretStore(async () => client, { epochMs: () => Date.now() + 60_000 });
  };
  store = storeOf(vault.vaultUri);
  silentStore = storeOf(silence.uri);
});

afterAll(async () => {
  silence.close();
  await vault.close();
  await rm(directory, { recursive: true, force: true });
});

secretStoreContract('Key Vault through the SDK, over TLS', () => ({
  store: hanging ? silentStore : store,
  add: (name, value) => vault.setSecret(name, value),
  disable: (name, version) => vault.disableSecret(name, version),
  remove: (name) => vault.removeSecret(name),
  setFailing: async (failing) => vault.setErrorStatus(failing ? 503 : undefined),
  setHanging: async (next) => {
    hanging = next;
  },
}));
