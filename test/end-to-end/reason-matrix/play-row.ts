import { setTimeout as delay } from 'node:timers/promises';
import { HttpRequest } from '@azure/functions';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { notifier } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';
import type { Site } from '../fault-matrix/start-site.js';
import { events, type QueueTrouble, type Row } from './rows.js';

/** What is told of one trouble, in each place. */
export interface Told {
  readonly row: Row;
  /** `GET health/deep?probe=true`, as text. */
  readonly health: string;
  /** `GET circuit-breakers/health`, as text. */
  readonly breakers: string;
  readonly lines: readonly string[];
  /** `GET metrics`. */
  readonly metrics: string;
}

const ask = async (handler: Site['app']['metrics'], path: string, query: Readonly<Record<string, string>> = {}) => {
  const request = new HttpRequest({ method: 'GET', url: `http://localhost/api/${path}`, query: { ...query } });
  return (await callHandler(handler, request)).body;
};

const makeTrouble = (site: Site, trouble: QueueTrouble): void => {
  const { bus } = site;
  if (trouble === 'disabled') bus.setQueueStatus(notifier.queue, 'disabled');
  else bus.deleteQueue(notifier.queue);
  if (trouble === 'full') bus.createQueue(queueDefinition(notifier.queue, { maxQueueBytes: 100 }));
};

/** Of every breaker, at the most. */
const coolDownMs = 60_000;

/** The vault is not asked again for so long. */
const betweenTriesMs = 10_000;

/** A call that its event did not wait for ends a little later. */
const lookMs = 100;
const mostLooks = 60;

const isToldBy = (of: string, line: string): boolean =>
  line.includes('"event":"breaker.opened"') && line.includes(`"breaker":"${of}"`);

/** Sends events until the breaker has opened, or until it would have. */
const provoke = async (site: Site, { of }: Row): Promise<void> => {
  for (let n = 0; n < events; n += 1) {
    await site.post(`event-${n}`);
    site.clock.leap(betweenTriesMs);
  }
  const hasFailed = (): boolean => site.lines.some((line) => line.includes(`${of}: timeout`));
  for (let look = 0; look < mostLooks && hasFailed() && !site.lines.some((line) => isToldBy(of, line)); look += 1)
    await delay(lookMs);
};

/** Plays one row: events come into the trouble, and then everything that tells of it is read. */
export const playRow = async (site: Site, row: Row): Promise<Told> => {
  // Key Vault has to be asked for the event itself: there it is the first.
  if (row.of !== 'key-vault') await site.post('warming-up');
  if ('fault' in row) await site.proxies[row.of].setFault(row.fault);
  else makeTrouble(site, row.trouble);
  await provoke(site, row);
  const health = await ask(site.app.deepHealth, 'health/deep', { probe: 'true' });
  const breakers = await ask(site.app.breakerHealth, 'circuit-breakers/health');
  const metrics = await ask(site.app.metrics, 'metrics');
  if ('fault' in row) await site.proxies[row.of].setFault({ kind: 'none' });
  // Nobody can take leave of a connection that hangs: the drain opens another one.
  site.clock.leap(coolDownMs);
  if ('fault' in row && row.fault.kind === 'hang') await site.drain();
  return { row, health, breakers, lines: [...site.lines], metrics };
};
