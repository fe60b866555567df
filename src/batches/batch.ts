import { hash } from 'node:crypto';
import * as z from 'zod/mini';

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
  version: z.literal(1),
  provider: z.string(),
  receivedAt: z.iso.datetime(),
  correlationId: z.string(),
  traceparent: z.string(),
  tracestate: z.optional(z.string()),
  secretVersion: z.string(),
  contentType: z.string(),
  sha256: z.string(),
});

const lineFeed = 0x0a;

/** One line of JSON that says what the batch is, then its list byte for byte. */
export const encodeBatch = ({ list, receivedAt, ...facts }: Batch): Buffer => {
  const head = { version: 1, ...facts, receivedAt: receivedAt.toISOString(), sha256: hash('sha256', list, 'hex') };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), list]);
};

const parseHead = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** What `encodeBatch` wrote; `undefined` for anything else, and for a list that is not the one that was written. */
export const decodeBatch = (bytes: Buffer): Batch | undefined => {
  const end = bytes.indexOf(lineFeed);
  const head = headSchema.safeParse(parseHead(bytes.toString('utf8', 0, Math.max(0, end)))).data;
  const list = bytes.subarray(end + 1);
  if (head === undefined || hash('sha256', list, 'hex') !== head.sha256) return undefined;
  const { version: _version, sha256: _sha256, receivedAt, ...facts } = head;
  return { ...facts, receivedAt: new Date(receivedAt), list };
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
