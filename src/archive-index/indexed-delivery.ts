import * as z from 'zod/mini';
import type { ArchivedEvent } from '../archive/archived-event.js';
import type { PayloadToArchive } from '../archive/payload-archive.js';

const text = z.string();

const indexedDeliverySchema = z.object({
  id: text,
  type: text,
  event: text,
  source: text,
  subject: z.optional(text),
  /** When it arrived, RFC 3339 UTC. */
  time: z.iso.datetime(),
  provider: text,
  repository: z.optional(text),
  /** Its name in the archive. */
  archived: text,
  bytes: z.number(),
  signature: text,
});

/** What a list shows of one archived delivery, known without reading the archive. */
export type IndexedDelivery = Readonly<z.infer<typeof indexedDeliverySchema>>;

type Facts = Pick<PayloadToArchive, 'attributes' | 'repository' | 'signatureStatus'>;

/** Of a delivery that was just archived under `archived`. */
export const deliveryOf = (
  { attributes, repository, signatureStatus }: Omit<Facts, 'signatureStatus'> & { readonly signatureStatus: string },
  { archived, bytes }: Pick<IndexedDelivery, 'archived' | 'bytes'>,
): IndexedDelivery => {
  const { id, type, event, source, subject, time, provider } = attributes;
  const optional = { ...(subject !== undefined && { subject }), ...(repository !== undefined && { repository }) };
  return { id, type, event, source, ...optional, time, provider, archived, bytes, signature: signatureStatus };
};

/** Of a delivery as the archive's own listing shows it. */
export const deliveryFrom = (event: ArchivedEvent): IndexedDelivery =>
  deliveryOf(event, { archived: event.name, bytes: event.size });

/** Newest first; of the same moment by name. */
export const byNewest = (one: Place, other: Place): number => {
  if (one.time !== other.time) return one.time > other.time ? -1 : 1;
  return one.archived > other.archived ? -1 : one.archived < other.archived ? 1 : 0;
};

/** A place in the order of deliveries. */
export type Place = Pick<IndexedDelivery, 'time' | 'archived'>;

/** One line of JSON for each. */
export const encodeDeliveries = (deliveries: readonly IndexedDelivery[]): Buffer =>
  Buffer.from(deliveries.map((delivery) => `${JSON.stringify(delivery)}\n`).join(''));

const parseLine = (line: string): readonly IndexedDelivery[] => {
  try {
    const { data } = indexedDeliverySchema.safeParse(JSON.parse(line));
    return data === undefined ? [] : [data];
  } catch {
    return [];
  }
};

/** What was encoded; lines that are not ours are passed over. */
export const decodeDeliveries = (bytes: Buffer): readonly IndexedDelivery[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .flatMap((line) => (line === '' ? [] : parseLine(line)));
