import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { decodeHeadedBytes, encodeHeadedBytes } from '../text/headed-bytes.js';

/** A verified batch: its JSON list as received, and what its events need to be taken as if it had just come. */
export interface Batch {
  readonly provider: string;
  readonly receivedAt: Date;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly secretVersion: string;
  readonly contentType: string;
  /** JSON text in UTF-8 without a byte order mark. */
  readonly list: Buffer;
}

const headSchema = z.object({
  provider: z.string(),
  receivedAt: z.iso.datetime(),
  correlationId: z.string(),
  traceparent: z.string(),
  tracestate: z.optional(z.string()),
  secretVersion: z.string(),
  contentType: z.string(),
});

/** One line of JSON that says what the batch is, then its list byte for byte. */
export const encodeBatch = ({ list, receivedAt, ...facts }: Batch): Buffer =>
  encodeHeadedBytes({ ...facts, receivedAt: receivedAt.toISOString() }, list);

/** What `encodeBatch` wrote; `undefined` for anything else, and for a list that is not the one that was written. */
export const decodeBatch = (bytes: Buffer): Batch | undefined => {
  const written = decodeHeadedBytes(bytes);
  const head = headSchema.safeParse(written?.facts).data;
  if (written === undefined || head === undefined) return undefined;
  return { ...head, receivedAt: new Date(head.receivedAt), list: written.bytes };
};

/** A batch as it is written down, whole or in part. */
export interface EncodedBatch {
  readonly name: string;
  readonly bytes: Buffer;
  /** Which of its events are to be taken, as `encodeLeft` writes it; absent: all. */
  readonly left?: string;
}

/**
 * Where a batch lies: names ascend with the time of arrival, and the parts of one batch in their order. The same bytes that come
 * again have a name of their own, for they came at another time; their events have the same ids.
 */
export const batchName = ({ provider, receivedAt, list }: Batch, part = 0): string => {
  const [date = '', clock = ''] = receivedAt.toISOString().split('T');
  const time = clock.replaceAll(/\D/g, '');
  const number = String(part).padStart(5, '0');
  return `${date.replaceAll('-', '/')}/${time}-${provider}-${hash('sha256', list, 'hex').slice(0, 16)}-${number}.batch`;
};

const nameForm = /^(\d{4})\/(\d\d)\/(\d\d)\/(\d\d)(\d\d)(\d\d)(\d{3})-[a-z0-9-]{1,63}-[0-9a-f]{16}-\d{5}\.batch$/;

/** When the batch of this name arrived, in milliseconds since the epoch; `undefined` for a name that no batch has. */
export const arrivalOf = (name: string): number | undefined => {
  const [, year, month, day, hours, minutes, seconds, ms] = nameForm.exec(name) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}.${ms}Z`);
  return Number.isNaN(at) ? undefined : at;
};
