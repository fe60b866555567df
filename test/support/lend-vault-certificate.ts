import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loadVaultCertificate } from '../../local/key-vault/vault-certificate.js';
import { findProjectRoot } from '../../local/project-root.js';
import { markStateDirectory } from '../../local/stack/claim-state.js';

const lent = join(findProjectRoot(import.meta.dirname), 'node_modules/.cache/local-vault');

const make = async (): Promise<void> => {
  await mkdir(dirname(lent), { recursive: true });
  const made = await mkdtemp(`${lent}-`);
  await loadVaultCertificate(made, Date.now());
  // Another process may have been first.
  await rename(made, lent).catch(() => rm(made, { recursive: true }));
};

/**
 * Gives a new state folder the certificate that the vaults of all tests have: making one is a third of all that the stand-ins compute until
 * they run. A vault that finds it expired makes its own.
 */
export const lendVaultCertificate = async (stateDirectory: string): Promise<void> => {
  if (!existsSync(lent)) await make();
  await markStateDirectory(stateDirectory);
  await cp(lent, join(stateDirectory, 'key-vault'), { recursive: true });
};
