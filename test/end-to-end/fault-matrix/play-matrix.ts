import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import type { Cell } from './cells.js';
import { type Finding, playCell } from './play-cell.js';
import { prepareVault, type SiteOptions, startSite } from './start-site.js';

/** Cells mostly wait for what hangs, so that many can be played at once. */
const lanes = 12;

const playOn = async (options: SiteOptions, cell: Cell): Promise<Finding> => {
  const site = await startSite(options);
  try {
    return await playCell(site, cell);
  } finally {
    await site.close();
  }
};

/** Plays cells, each on a site of its own, and answers the findings in the order of the cells. */
export const playMatrix = async (cells: readonly Cell[]): Promise<readonly Finding[]> => {
  const sites = cells.map((cell, index) => {
    const name = `site${index}`;
    return { cell, account: { name, key: Buffer.from(`the key of ${name}`).toString('base64') } };
  });
  vi.stubEnv('AZURITE_ACCOUNTS', sites.map(({ account: { name, key } }) => `${name}:${key}`).join(';'));
  const storage = await startBlobStorage({ port: 0 });
  const vaultDirectory = await mkdtemp(join(tmpdir(), 'breakwater-matrix-'));
  await prepareVault(vaultDirectory);
  const findings: Finding[] = [];
  const waiting = sites.entries();
  const lane = async (): Promise<void> => {
    for (const [index, { cell, account }] of waiting)
      findings[index] = await playOn({ storagePort: storage.port, account, vaultDirectory, ...cell }, cell);
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
    return findings;
  } finally {
    await storage.close();
    await rm(vaultDirectory, { recursive: true });
  }
};
