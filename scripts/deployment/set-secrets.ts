import { randomBytes } from 'node:crypto';
import { refuseDevelopmentSecret } from '../../src/secrets/development-secrets.js';
import { secretDefect } from '../../src/secrets/fit-versions.js';
import type { WantedSecret } from './wanted-secrets.js';

/** What is needed of Key Vault's `SecretClient`. */
export interface SecretVault {
  listPropertiesOfSecretVersions(name: string): AsyncIterable<{ readonly enabled?: boolean }>;
  setSecret(name: string, value: string): Promise<unknown>;
}

export interface SetSecretsPorts {
  readonly vault: SecretVault;
  readonly ask: (question: string) => Promise<string>;
  readonly print: (line: string) => void;
}

const hasVersion = async (vault: SecretVault, name: string): Promise<boolean> => {
  for await (const { enabled } of vault.listPropertiesOfSecretVersions(name)) if (enabled !== false) return true;
  return false;
};

const generated = (): string => randomBytes(32).toString('hex');

const askForValue = async ({ ask, print }: SetSecretsPorts, secret: WantedSecret): Promise<string> => {
  const hint = secret.generatable ? 'Enter alone makes one up' : 'as the sender gave it to you';
  for (;;) {
    const value = await ask(`${secret.name} ${secret.purpose} (${hint}): `);
    if (value === '' && secret.generatable) return generated();
    const defect = secretDefect(value) ?? refuseDevelopmentSecret(value);
    if (defect === undefined) return value;
    print(`That value ${defect}.`);
  }
};

/** The names of those that have no enabled version. */
export const missingSecrets = async (
  vault: SecretVault,
  wanted: readonly WantedSecret[],
): Promise<readonly string[]> => {
  const found = await Promise.all(wanted.map(async ({ name }) => ((await hasVersion(vault, name)) ? [] : [name])));
  return found.flat();
};

/**
 * Asks for every secret that has no version yet, or for all those in `rotate`, and stores a new version of each. Gives
 * how many it stored.
 */
export const setSecrets = async (
  ports: SetSecretsPorts,
  wanted: readonly WantedSecret[],
  rotate: ReadonlySet<string>,
): Promise<number> => {
  let stored = 0;
  for (const secret of wanted) {
    if (!rotate.has(secret.name) && (await hasVersion(ports.vault, secret.name))) {
      ports.print(`✓ ${secret.name} is set`);
      continue;
    }
    await ports.vault.setSecret(secret.name, await askForValue(ports, secret));
    ports.print(`✓ ${secret.name} has a new version`);
    stored += 1;
  }
  return stored;
};
