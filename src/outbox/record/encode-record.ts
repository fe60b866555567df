import { parseJson } from '../../text/text.js';
import { type DeadLetter, deadLetterSchema, type OutboxRecord, outboxRecordSchema } from './outbox-record.js';

/** A record as it is stored: JSON for people to read. */
export const encodeRecord = (record: OutboxRecord | DeadLetter): Buffer =>
  Buffer.from(`${JSON.stringify(record, null, 2)}\n`);

/** A stored record, or `undefined` for bytes that are none. */
export const decodeRecord = (bytes: Buffer): OutboxRecord | undefined =>
  outboxRecordSchema.safeParse(parseJson(bytes)).data;

/** A stored dead letter, or `undefined` for bytes that are none. */
export const decodeDeadLetter = (bytes: Buffer): DeadLetter | undefined =>
  deadLetterSchema.safeParse(parseJson(bytes)).data;
