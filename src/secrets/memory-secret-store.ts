import { SecretError, type SecretErrorCode, type SecretStore, type SecretVersion } from './secret-store.js';

/** A secret's value, or its live versions, newest first. */
export type MemorySecret = string | readonly SecretVersion[];

/** What every look-up does while the fault is on. */
export type MemorySecretFault =
  | { readonly kind: 'none' }
  | { readonly kind: 'fail'; readonly code: SecretErrorCode }
  | { readonly kind: 'hang' }
  /** Answers as usual, after this delay. */
  | { readonly kind: 'slow'; readonly wait: () => Promise<void> };

/** Secrets held by this process, with a switch that makes them fail as a vault would. */
export interface MemorySecretStore extends SecretStore {
  set(name: string, secret: MemorySecret): void;
  remove(name: string): void;
  setFault(fault: MemorySecretFault): void;
}

/** The version that a secret from a setting is recorded under. */
const settingVersion = 'setting';
const liveVersionLimit = 3;

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const abort = () => reject(new SecretError('aborted', 'Secrets in memory: aborted', { cause: signal.reason }));
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
  });

/** The secret port without a vault: development secrets from settings, and tests. */
export const createMemorySecretStore = (secrets: Readonly<Record<string, MemorySecret>> = {}): MemorySecretStore => {
  const held = new Map(Object.entries(secrets));
  let fault: MemorySecretFault = { kind: 'none' };

  return {
    async liveVersions(name, signal) {
      if (signal.aborted || fault.kind === 'hang') return untilAborted(signal);
      if (fault.kind === 'fail') throw new SecretError(fault.code, `Secrets in memory: told to fail (${fault.code})`);
      if (fault.kind === 'slow') await fault.wait();
      const secret = held.get(name) ?? [];
      if (typeof secret === 'string') return [{ version: settingVersion, value: secret }];
      return secret.slice(0, liveVersionLimit);
    },
    set: (name, secret) => void held.set(name, secret),
    remove: (name) => void held.delete(name),
    setFault: (next) => {
      fault = next;
    },
  };
};
