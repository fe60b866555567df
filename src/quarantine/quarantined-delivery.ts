import * as z from 'zod/mini';
import type { Delivery, DeliveryHeaders } from '../providers/provider.js';
import { decodeHeadedBytes, encodeHeadedBytes } from '../text/headed-bytes.js';

/** A name and its text, as an array so that what is written keeps their order. */
type Pair = readonly [string, string];

/** A delivery that could not be verified when it came: its raw bytes, and all that is needed to do so later as if it were then. */
export interface QuarantinedDelivery {
  readonly provider: string;
  readonly receivedAt: Date;
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  /** The caller's address as the platform saw it. */
  readonly clientAddress: string | undefined;
  /** Names in lower case. */
  readonly headers: readonly Pair[];
  readonly query: readonly Pair[];
  readonly body: Buffer;
}

const pairs = z.array(z.tuple([z.string(), z.string()]));

const headSchema = z.object({
  provider: z.string(),
  receivedAt: z.iso.datetime(),
  correlationId: z.string(),
  traceparent: z.string(),
  tracestate: z.optional(z.string()),
  clientAddress: z.optional(z.string()),
  headers: pairs,
  query: pairs,
});

/** One line of JSON that says how the delivery came, then its body byte for byte. */
export const encodeQuarantined = ({ body, receivedAt, ...facts }: QuarantinedDelivery): Buffer =>
  encodeHeadedBytes({ ...facts, receivedAt: receivedAt.toISOString() }, body);

/** What `encodeQuarantined` wrote; `undefined` for anything else, and for a body that is not the one that was written. */
export const decodeQuarantined = (bytes: Buffer): QuarantinedDelivery | undefined => {
  const written = decodeHeadedBytes(bytes);
  const head = headSchema.safeParse(written?.facts).data;
  if (written === undefined || head === undefined) return undefined;
  const { receivedAt, clientAddress, ...facts } = head;
  return { ...facts, clientAddress, receivedAt: new Date(receivedAt), body: written.bytes };
};

const lookUpIn = (all: readonly Pair[], nameOf: (name: string) => string): DeliveryHeaders => {
  const byName = new Map(all);
  return { get: (name) => byName.get(nameOf(name)) ?? null, keys: () => byName.keys() };
};

/** The delivery as it came, and when. */
export const asDelivery = ({ headers, query, body, receivedAt }: QuarantinedDelivery): Delivery => ({
  headers: lookUpIn(headers, (name) => name.toLowerCase()),
  query: lookUpIn(query, (name) => name),
  body,
  receivedAt,
});
