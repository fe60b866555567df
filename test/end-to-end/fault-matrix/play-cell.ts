import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/circuit-breaker/presets.js';
import type { StandInName } from '../../../src/local/stack/stand-ins.js';
import type { Reply } from '../../support/post-webhook.js';
import type { BreakerState, Cell } from './cells.js';
import type { Site, Whereabouts } from './start-site.js';

/** What one event met with. */
export interface Finding {
  readonly cell: Cell;
  readonly reply: Reply;
  readonly elapsedMs: number;
  /** Before anything else runs. */
  readonly whereabouts: Whereabouts;
  readonly breakerBefore: BreakerState;
  readonly breakerAfter: BreakerState;
  /** With the dependency back, its cool-down over, and after one run of the timer. */
  readonly inTheEnd: Whereabouts;
}

const options = {
  'blob-storage': blobStorageBreakerOptions,
  'service-bus': serviceBusBreakerOptions,
  'key-vault': keyVaultBreakerOptions,
} as const;

/** The refresh age of a secret, and what lies between two tries to refresh it. */
const refreshMs = 300_000;
const betweenTriesMs = 5_000;

/** The event that the finding is about; others only bring the site where the cell wants it. */
const delivery = 'the-event';

const openBreaker = async (site: Site, name: StandInName): Promise<void> => {
  await site.proxies[name].setFault({ kind: 'refuse' });
  for (let n = 0; n < options[name].failureThreshold; n += 1) {
    await site.post(`opening-${n}`);
    site.clock.leap(betweenTriesMs);
  }
};

/** Warms everything up, lets the secret come of age, and brings the breaker into its state by real failures. */
const prepare = async (site: Site, { dependency, breaker, secretCached }: Cell): Promise<void> => {
  if (secretCached) {
    await site.post('warming-up');
    if (dependency === 'key-vault') site.clock.leap(refreshMs);
  }
  if (breaker === 'Closed') return;
  await openBreaker(site, dependency);
  if (breaker === 'HalfOpen') site.clock.leap(options[dependency].coolDownMs);
};

const recover = async (site: Site, { dependency }: Cell): Promise<void> => {
  site.clock.leap(options[dependency].coolDownMs);
  await site.drain();
};

/** Plays one cell of the matrix: sends one event into the trouble, ends the trouble, and looks what became of the event. */
export const playCell = async (site: Site, cell: Cell): Promise<Finding> => {
  await prepare(site, cell);
  await site.proxies[cell.dependency].setFault(cell.fault);
  const breakerBefore = await site.breakerState(cell.dependency);
  const startedMs = performance.now();
  const reply = await site.post(delivery);
  const elapsedMs = performance.now() - startedMs;
  const breakerAfter = await site.breakerState(cell.dependency);
  await site.proxies[cell.dependency].setFault({ kind: 'none' });
  const whereabouts = await site.find(delivery);
  await recover(site, cell);
  const inTheEnd = await site.find(delivery);
  return { cell, reply, elapsedMs, whereabouts, breakerBefore, breakerAfter, inTheEnd };
};
