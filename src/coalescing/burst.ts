import * as z from 'zod/mini';
import type { Coalesce } from '../routing/bot.js';
import type { QueueMessage } from '../routing/event-queue.js';
import { parseJson } from '../text/text.js';
import type { WaitingEvent } from './burst-source.js';
import { coalescedProperties } from './coalesced-properties.js';

/** What the broker keeps of a burst whose events so far were taken out of the queue, because later ones stand for them. */
export interface BurstState {
  /** Of the events, oldest first; the newest `mostIds` of them. */
  readonly ids: readonly string[];
  /** How many there were, named or not. */
  readonly count: number;
  /** When the first became due, by the broker's clock. */
  readonly sinceMs: number;
}

export type BurstVerdict =
  | { readonly kind: 'nothing-due' }
  /** More is to come: what is due is remembered, and taken out; the newest only once a newer one is to come. */
  | { readonly kind: 'goes-on'; readonly state: BurstState; readonly due: number }
  /** It is over, or has lasted for long enough: the newest stands for all. */
  | { readonly kind: 'ends'; readonly message: QueueMessage; readonly due: number };

/** What fits beside an envelope of the usual limit in a message of 256 KB, and into a state. */
const mostIds = 1_000;
const mostIdBytes = 24_576;

const stateSchema = z.object({
  ids: z.array(z.string()).check(z.maxLength(mostIds)),
  count: z.number().check(z.gte(0)),
  sinceMs: z.number(),
});

export const encodeState = (state: BurstState): Buffer => Buffer.from(JSON.stringify(state));

/** What is no state counts as none: then a burst names fewer events than it stands for. */
export const decodeState = (json: Buffer | undefined): BurstState | undefined => {
  try {
    return json && stateSchema.safeParse(JSON.parse(json.toString('utf8'))).data;
  } catch {
    return undefined;
  }
};

const envelopeSchema = z.object({ id: z.string(), time: z.optional(z.string()) });

interface BurstEvent extends WaitingEvent {
  readonly id: string;
  /** When it arrived. */
  readonly atMs: number;
}

/** With the envelope's id and time. What is no envelope has the message's id, and the time at which it becomes due. */
const readEvent = (waiting: WaitingEvent): BurstEvent => {
  const { message, dueAtMs } = waiting;
  const { id = message.messageId, time = '' } = envelopeSchema.safeParse(parseJson(message.body)).data ?? {};
  const atMs = Date.parse(time);
  return { ...waiting, id, atMs: Number.isNaN(atMs) ? dueAtMs : atMs };
};

const byArrival = (one: BurstEvent, other: BurstEvent): number =>
  one.atMs - other.atMs || one.sequence - other.sequence;

const newestThatFit = (ids: readonly string[]): readonly string[] => {
  const kept: string[] = [];
  let bytes = 2;
  for (const id of ids.slice(-mostIds).toReversed()) {
    bytes += Buffer.byteLength(JSON.stringify(id)) + 1;
    if (bytes > mostIdBytes) break;
    kept.push(id);
  }
  return kept.reverse();
};

const joined = (before: BurstState | undefined, events: readonly BurstEvent[]): Omit<BurstState, 'sinceMs'> => {
  const known = new Set(before?.ids);
  const added = events.toSorted(byArrival).flatMap(({ id }) => (known.has(id) ? [] : [id]));
  return { ids: newestThatFit([...known, ...new Set(added)]), count: (before?.count ?? 0) + new Set(added).size };
};

const burstMessage = (
  { dueAt: _dueAt, ...message }: QueueMessage,
  { ids, count }: Pick<BurstState, 'ids' | 'count'>,
): QueueMessage => ({
  ...message,
  applicationProperties: {
    ...message.applicationProperties,
    [coalescedProperties.count]: String(count),
    [coalescedProperties.ids]: JSON.stringify(ids),
  },
});

/**
 * What becomes of a session's burst. It ends when nothing of it is to come, and in time before it would last longer than its bot wants to
 * wait. The broker says what is due; the newest is the one that arrived last, which need not become due last: the quiet time may have been
 * changed, and instances' clocks differ. The message keeps the newest event's id, so that a queue drops one that was sent before.
 */
export const judgeBurst = (
  before: BurstState | undefined,
  waiting: readonly WaitingEvent[],
  { quietSeconds, maxWaitSeconds }: Coalesce,
): BurstVerdict => {
  const due = waiting.filter(({ isDue }) => isDue).map(readEvent);
  const [first] = due;
  const newest = due.toSorted(byArrival).at(-1);
  if (first === undefined || newest === undefined) return { kind: 'nothing-due' };
  const sinceMs = before?.sinceMs ?? first.dueAtMs;
  // One that became due while the queue was looked at is seen twice, and stands for nothing to come.
  const dueIds = new Set(due.map(({ message }) => message.messageId));
  const later = waiting.filter(({ isDue, message }) => !isDue && !dueIds.has(message.messageId)).map(readEvent);
  const quietMs = quietSeconds * 1_000;
  // The first arrived a quiet time before it became due; looked at again no sooner than after another one.
  const lookMs = Math.max(newest.dueAtMs + quietMs, Math.min(...later.map(({ dueAtMs }) => dueAtMs)));
  if (later.length > 0 && lookMs + quietMs - sinceMs <= maxWaitSeconds * 1_000) {
    const isNewest = later.every((each) => byArrival(each, newest) < 0);
    const taken = isNewest ? due.slice(0, due.indexOf(newest)) : due;
    return { kind: 'goes-on', state: { ...joined(before, taken), sinceMs }, due: taken.length };
  }
  return { kind: 'ends', message: burstMessage(newest.message, joined(before, due)), due: due.length };
};
