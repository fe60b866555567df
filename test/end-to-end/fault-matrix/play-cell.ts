import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from '../../../local/faults/fault.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/settings/azure-breaker-options.js';
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
  /** Of each dependency that fails. */
  readonly breakersBefore: readonly BreakerState[];
  readonly breakersAfter: readonly BreakerState[];
  /** With the dependency back, its cool-down over, and after the timer has run. */
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

const setFaults = async (site: Site, { dependencies }: Cell, fault: Fault): Promise<void> => {
  await Promise.all(dependencies.map((name) => site.proxies[name].setFault(fault)));
};

const breakersOf = (site: Site, { dependencies }: Cell): Promise<readonly BreakerState[]> =>
  Promise.all(dependencies.map((name) => site.breakerState(name)));

const coolDown = (site: Site, { dependencies }: Cell): void =>
  site.clock.leap(Math.max(...dependencies.map((name) => options[name].coolDownMs)));

/** Who has a cached secret is answered before the look-up ends that the next one would join. */
const lookUpEnds = async (site: Site, failures: number): Promise<void> => {
  for (let look = 0; look < 500 && (await site.failuresOf('key-vault')) < failures; look += 1) await delay(20);
};

const openBreakers = async (site: Site, cell: Cell): Promise<void> => {
  await setFaults(site, cell, { kind: 'refuse' });
  const failures = Math.max(...cell.dependencies.map((name) => options[name].failureThreshold));
  if (cell.dependencies.length > 1) {
    await Promise.all(Array.from({ length: failures }, (_, n) => site.post(`opening-${n}`)));
    // A next try of the last resort is due.
    site.clock.leap(1_000);
    return;
  }
  for (let n = 0; n < failures; n += 1) {
    await site.post(`opening-${n}`);
    if (cell.dependencies.includes('key-vault')) await lookUpEnds(site, n + 1);
    site.clock.leap(betweenTriesMs);
  }
};

/** A probe that the last resort has overtaken ends after the answer: with its breaker's own deadline at the latest. */
const breakersOnceProbed = async (site: Site, cell: Cell): Promise<readonly BreakerState[]> => {
  for (let look = 0; look < 120; look += 1) {
    const states = await breakersOf(site, cell);
    if (!states.includes('HalfOpen')) return states;
    await delay(100);
  }
  return breakersOf(site, cell);
};

/** Warms everything up, lets the secret come of age, and brings the breakers into their state by real failures. */
const prepare = async (site: Site, cell: Cell): Promise<void> => {
  if (cell.secretCached) {
    await site.post('warming-up');
    if (cell.dependencies.includes('key-vault')) site.clock.leap(refreshMs);
  }
  if (cell.breaker === 'Closed') return;
  await openBreakers(site, cell);
  if (cell.breaker === 'HalfOpen') coolDown(site, cell);
};

/**
 * A look-up that hangs outlives its request, by five seconds at the most: what waits for it may need another run. A run goes on for a
 * moment after its timer: what is on its way between outbox, backlog, queue and archive is looked for once more.
 */
const mostRuns = 6;

const settle = async (site: Site, cell: Cell): Promise<Whereabouts> => {
  for (let run = 1; ; run += 1) {
    coolDown(site, cell);
    await site.drain();
    const found = await site.find(delivery);
    const isUnderWay = found.quarantined || found.owed || found.backlogged || (found.archived && !found.queued);
    if (!isUnderWay || run === mostRuns) return found;
  }
};

/** Plays one cell of the matrix: sends one event into the trouble, ends the trouble, and looks what became of the event. */
export const playCell = async (site: Site, cell: Cell): Promise<Finding> => {
  await prepare(site, cell);
  await setFaults(site, cell, cell.fault);
  const breakersBefore = await breakersOf(site, cell);
  const startedMs = performance.now();
  const reply = await site.post(delivery);
  const elapsedMs = performance.now() - startedMs;
  const breakersAfter = await (cell.fault.kind === 'slow' ? breakersOf : breakersOnceProbed)(site, cell);
  await setFaults(site, cell, { kind: 'none' });
  const whereabouts = await site.find(delivery);
  const inTheEnd = await settle(site, cell);
  return { cell, reply, elapsedMs, whereabouts, breakersBefore, breakersAfter, inTheEnd };
};
