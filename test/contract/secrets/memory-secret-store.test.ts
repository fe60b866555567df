import { createMemorySecretStore } from '../../../src/secrets/memory-secret-store.js';
import type { SecretVersion } from '../../../src/secrets/secret-store.js';
import { secretStoreContract } from './secret-store-contract.js';

const store = createMemorySecretStore();
const held = new Map<string, readonly SecretVersion[]>();
let lastVersion = 0;

const keep = (name: string, versions: readonly SecretVersion[]): void => {
  held.set(name, versions);
  store.set(name, versions);
};

secretStoreContract('in memory', () => ({
  store,
  add: async (name, value) => {
    lastVersion += 1;
    keep(name, [{ version: `v${lastVersion}`, value }, ...(held.get(name) ?? [])]);
    return `v${lastVersion}`;
  },
  disable: async (name, version) =>
    keep(
      name,
      (held.get(name) ?? []).filter((each) => each.version !== version),
    ),
  remove: async (name) => {
    held.delete(name);
    store.remove(name);
  },
  setFailing: async (failing) => store.setFault(failing ? { kind: 'fail', code: 'unavailable' } : { kind: 'none' }),
  setHanging: async (hanging) => store.setFault({ kind: hanging ? 'hang' : 'none' }),
}));
