import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { startBlobStorage } from '../../../local/blob-storage/start-blob-storage.js';
import type { Fault } from '../../../local/faults/fault.js';
import { prepareVault, type Site, type SiteOptions, startSite } from './start-site.js';

/** Cells mostly wait for what hangs, so that many can be played at once. */
const lanes = 9;
/** What is slow, yet answers in time, does so only while the machine has time for it. */
const slowLanes = 2;

/** One cell of a matrix, and what its site is to be like. */
export type PlayedOnSite = Pick<SiteOptions, 'budgetMs' | 'bots' | 'environment'> & {
  readonly fault?: Pick<Fault, 'kind'>;
};

type Play<Cell, Finding> = (site: Site, cell: Cell) => Promise<Finding>;

const playOn = async <Cell, Finding>(options: SiteOptions, cell: Cell, play: Play<Cell, Finding>): Promise<Finding> => {
  const site = await startSite(options);
  try {
    return await play(site, cell);
  } finally {
    await site.close();
  }
};

/** Plays cells, each on a site of its own, those of slow dependencies after the others, and answers the findings in the order of the cells. */
export const playMatrix = async <Cell extends PlayedOnSite, Finding>(
  cells: readonly Cell[],
  play: Play<Cell, Finding>,
): Promise<readonly Finding[]> => {
  const sites = cells.map((cell, index) => {
    const name = `site${index}`;
    return { cell, account: { name, key: Buffer.from(`the key of ${name}`).toString('base64') } };
  });
  vi.stubEnv('AZURITE_ACCOUNTS', sites.map(({ account: { name, key } }) => `${name}:${key}`).join(';'));
  const storage = await startBlobStorage({ port: 0 });
  vi.unstubAllEnvs();
  const vaultDirectory = await mkdtemp(join(tmpdir(), 'breakwater-matrix-'));
  await prepareVault(vaultDirectory);
  const findings: Finding[] = [];
  const playSome = async (isSlow: boolean, length: number): Promise<void> => {
    const waiting = [...sites.entries()].filter(([, { cell }]) => (cell.fault?.kind === 'slow') === isSlow).values();
    const lane = async (): Promise<void> => {
      for (const [index, { cell, account }] of waiting)
        findings[index] = await playOn({ storagePort: storage.port, account, vaultDirectory, ...cell }, cell, play);
    };
    await Promise.all(Array.from({ length }, lane));
  };
  try {
    await playSome(false, lanes);
    await playSome(true, slowLanes);
    return findings;
  } finally {
    await storage.close();
    await rm(vaultDirectory, { recursive: true });
  }
};
