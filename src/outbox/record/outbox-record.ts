import * as z from 'zod';
import { envelopeAttributesSchema } from '../../envelope/event-envelope.js';
import { parseJson } from '../../text/text.js';

const text = z.string().min(1);

const owedCopySchema = z
  .object({
    bot: text,
    queue: text,
    /** Of an ordered bot; the archive's metadata knows the entity's key alone. */
    sessionId: text.exactOptional(),
    /** How often the outbox tried in vain, not counting faults of the whole service. */
    attempts: z.int().nonnegative(),
  })
  .readonly();

const historyEntrySchema = z
  .object({ bot: text, reason: text, times: z.int().positive(), firstAt: z.iso.datetime(), lastAt: z.iso.datetime() })
  .readonly();

/** A copy that was given up and is owed again by an operator's command. */
const revivalSchema = z.object({ times: z.int().positive(), at: z.iso.datetime() }).readonly();

const recordedPayloadSchema = z
  .object({
    archiveName: text,
    url: text,
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    size: z.int().nonnegative(),
    /** How the payload travels in the message: inside as JSON, inside as base64, or as a claim check. */
    travels: z.enum(['json', 'binary', 'claim-check']),
  })
  .readonly();

/** What the outbox keeps of an event that is archived and still owed to some queues, as stored. */
const outboxRecordSchema = z
  .object({
    version: z.literal(1),
    attributes: envelopeAttributesSchema,
    /** Of a record written behind one whose instance had a clock ahead: what orders it instead of its time of arrival. */
    orderedAt: z.iso.datetime().exactOptional(),
    /** Older copies of its sessions lay in some archive backlog when it was written: it waits while one of those cannot be seen. */
    behindBacklog: z.literal(true).exactOptional(),
    /** Of a record made from a dead letter: its age counts from then on. */
    revived: revivalSchema.exactOptional(),
    repository: text.exactOptional(),
    payload: recordedPayloadSchema,
    owed: z.array(owedCopySchema).min(1).readonly(),
    history: z.array(historyEntrySchema).readonly(),
  })
  .readonly();

/**
 * One event that is archived but owed to some queues, naming only those: with the archived payload it is all that is
 * needed to make the very same messages again.
 */
export type OutboxRecord = z.infer<typeof outboxRecordSchema>;

/** One bot's copy that has not reached its queue. */
export type OwedCopy = z.infer<typeof owedCopySchema>;

/** By what records are ordered, RFC 3339 UTC: the time of arrival. */
export const orderTime = ({ orderedAt, attributes }: OutboxRecord): string => orderedAt ?? attributes.time;

/** Equal failures in a row are one entry, so that a long outage does not make a long record. */
export type HistoryEntry = z.infer<typeof historyEntrySchema>;

const deadLetterSchema = outboxRecordSchema
  .unwrap()
  .extend({ reason: text, deadLetteredAt: z.iso.datetime() })
  .readonly();

/** Deliveries given up, with the reason and the history. */
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Adds a failure to a history: to its bot's last entry when the reason is the same, else as a new one. */
export const withFailure = (
  history: readonly HistoryEntry[],
  { bot, reason, at }: { readonly bot: string; readonly reason: string; readonly at: string },
): readonly HistoryEntry[] => {
  const last = history.findLastIndex((entry) => entry.bot === bot);
  if (history[last]?.reason !== reason) return [...history, { bot, reason, times: 1, firstAt: at, lastAt: at }];
  return history.map((entry, index) => (index === last ? { ...entry, times: entry.times + 1, lastAt: at } : entry));
};

/** How often what is owed was given up before. */
export const revivalsOf = ({ revived }: OutboxRecord): number => revived?.times ?? 0;

/**
 * Whether `existing` already owes all that `wanted` does: the same payload, to every one of its queues, given up as often before.
 * A record never stands for one that was revived since: a drain may be about to end it, for its dead letter is written.
 */
export const owesAll = (existing: OutboxRecord, wanted: OutboxRecord): boolean =>
  existing.attributes.provider === wanted.attributes.provider &&
  revivalsOf(existing) === revivalsOf(wanted) &&
  existing.payload.archiveName === wanted.payload.archiveName &&
  wanted.owed.every(({ bot, queue }) => existing.owed.some((owed) => owed.bot === bot && owed.queue === queue));

/** A record as it is stored: JSON for people to read. */
export const encodeRecord = (record: OutboxRecord | DeadLetter): Buffer =>
  Buffer.from(`${JSON.stringify(record, null, 2)}\n`);

/** A stored record, or `undefined` for bytes that are not a record. */
export const decodeRecord = (bytes: Buffer): OutboxRecord | undefined =>
  outboxRecordSchema.safeParse(parseJson(bytes)).data;

/** A stored dead letter, or `undefined` for bytes that are not a dead letter. */
export const decodeDeadLetter = (bytes: Buffer): DeadLetter | undefined =>
  deadLetterSchema.safeParse(parseJson(bytes)).data;
