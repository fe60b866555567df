import { setTimeout as delay } from 'node:timers/promises';
import { HttpRequest } from '@azure/functions';
import * as z from 'zod';
import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { notifier } from '../../support/memory-app.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';
import type { Site } from '../fault-matrix/start-site.js';
import { isMissingSecret, isOfQueue, nameOf, type QueueTrouble, type Row } from './rows.js';

/** The event that is sent while all is well. */
export const warmingUp = 'warming-up';

/** What is told of one trouble, in each place. */
export interface Told {
  readonly row: Row;
  /** `GET health/deep`, as text. */
  readonly health: string;
  /** `GET circuit-breakers/health`, as text. */
  readonly breakers: string;
  readonly lines: readonly string[];
  /** `GET metrics`. */
  readonly metrics: string;
}

const ask = async (handler: Site['app']['metrics'], path: string): Promise<string> => {
  const request = new HttpRequest({ method: 'GET', url: `http://localhost/api/${path}` });
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

/** The first event may meet with a connection that has died, or with a machine that has much else to do, which is a timeout. */
const mostEvents = 20;
const lookMs = 100;

const breakersSchema = z.object({
  circuitBreakers: z.record(
    z.string(),
    z.object({ state: z.string(), running: z.number(), lastFailure: z.object({ reason: z.string() }).nullish() }),
  ),
});

const breakersOf = async (site: Site) => {
  const body = await ask(site.app.breakerHealth, 'circuit-breakers/health');
  return breakersSchema.parse(JSON.parse(body)).circuitBreakers;
};

/** A call may go on when its event has been answered. */
const whenCallsHaveEnded = async (site: Site): ReturnType<typeof breakersOf> => {
  for (;;) {
    const breakers = await breakersOf(site);
    if (Object.values(breakers).every(({ running }) => running === 0)) return breakers;
    await delay(lookMs);
  }
};

const hasTold = async (site: Site, row: Row): Promise<boolean> => {
  const breakers = await whenCallsHaveEnded(site);
  if (isMissingSecret(row)) return site.lines.some((line) => line.includes('no-usable-secret'));
  if (isOfQueue(row)) return breakers['queue:bot-notifier']?.lastFailure?.reason === row.reason;
  const { [row.of]: own } = breakers;
  if (own === undefined) return false;
  const hasOpened = (line: string): boolean =>
    [`"event":"breaker.opened"`, `"breaker":"${row.of}"`, `"lastFailure":"${row.reason}"`].every((part) =>
      line.includes(part),
    );
  return own.lastFailure?.reason === row.reason && own.state === 'Open' && site.lines.some(hasOpened);
};

const isServed = ({ status, json }: Reply): boolean => status === 202 && String(json?.['degraded'] ?? '') === '';

/** A queue's trouble is told in the line of a webhook that is accepted all the same. */
const isAsExpected = async (site: Site, row: Row, reply: Reply): Promise<boolean> => {
  if (row.reason === undefined) return isServed(reply);
  return (!isOfQueue(row) || reply.status === 202) && (await hasTold(site, row));
};

/** One event after the other, until it is told what is wrong or, where nothing is, one is served as usual. */
const provoke = async (site: Site, row: Row): Promise<void> => {
  for (let n = 0; n < mostEvents; n += 1) {
    const reply = await site.post(`event-${n}`);
    if (await isAsExpected(site, row, reply)) return;
    site.clock.leap(coolDownMs);
  }
  throw new Error(`${nameOf(row)} was not told within ${mostEvents} events`);
};

/** Plays one row: events come into the trouble, and then everything that tells of it is read. */
export const playRow = async (site: Site, row: Row): Promise<Told> => {
  // Key Vault has to be asked for the event itself: there it is the first.
  for (let n = 0; n < mostEvents && row.of !== 'key-vault'; n += 1) if (isServed(await site.post(warmingUp))) break;
  if ('fault' in row) await site.proxies[row.of].setFault(row.fault);
  else makeTrouble(site, row.trouble);
  await provoke(site, row);
  const health = await ask(site.app.deepHealth, 'health/deep');
  const breakers = await ask(site.app.breakerHealth, 'circuit-breakers/health');
  const metrics = await ask(site.app.metrics, 'metrics');
  if ('fault' in row) await site.proxies[row.of].setFault({ kind: 'none' });
  // Nobody can take leave of a connection that hangs: the drain opens another one.
  site.clock.leap(coolDownMs);
  if ('fault' in row && row.fault.kind === 'hang') await site.drain();
  return { row, health, breakers, lines: [...site.lines], metrics };
};
