import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The file for `NODE_EXTRA_CA_CERTS`, which takes one only: the vault's own, or, for a user who has set one already (a
 * company's proxy, say), a file with both. A file of the user's that cannot be read counts as none, as it does for Node.
 */
export const extraCaFile = async (
  stateDirectory: string,
  vaultCaFile: string,
  usersCaFile: string | undefined,
): Promise<string> => {
  if (usersCaFile === undefined || usersCaFile === '' || usersCaFile === vaultCaFile) return vaultCaFile;
  const users = await readFile(usersCaFile, 'utf8').catch(() => undefined);
  if (users === undefined) return vaultCaFile;
  const both = join(stateDirectory, 'extra-ca.pem');
  await writeFile(both, `${users.trimEnd()}\n${await readFile(vaultCaFile, 'utf8')}`);
  return both;
};
