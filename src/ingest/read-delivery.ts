import {
  type DecodedPayload,
  decodeAnyPayload,
  decodePayload,
  type Malformed,
  opaqueType,
} from '../envelope/decode-payload.js';
import { splitJsonList } from '../envelope/split-json-list.js';
import type { Delivery, DeliveryHeaders, ExactReply, Provider } from '../providers/provider.js';
import type { Rejected } from './outcome.js';

type Payload = Exclude<DecodedPayload, Malformed>;

/** One event as it was sent: its own bytes, and what they say. */
export interface ReadEvent {
  readonly delivery: Delivery;
  readonly contentType: string;
  readonly payload: Payload;
}

/** What a verified delivery brought: one event, a batch of them, or a challenge. */
export type DeliveryReading =
  | { readonly kind: 'event'; readonly event: ReadEvent }
  | { readonly kind: 'batch'; readonly batch: ReadBatch }
  | { readonly kind: 'challenge'; readonly reply: ExactReply }
  | Rejected;

const malformedDetail = {
  empty: 'The body is empty.',
  'not-utf8': 'The body is not valid UTF-8.',
  'not-json': 'The body is not valid JSON.',
  'too-deep': 'The body nests deeper than 128 levels.',
  'too-many-fields': 'The form has more than 1,000 fields.',
  'ambiguous-form':
    'The form is not what this sender sends: fields that are missing, repeated, of other names or JSON text.',
} as const;

const rejected = ({ reason }: Malformed): Rejected => ({
  kind: 'rejected',
  code: 'MalformedPayload',
  detail: malformedDetail[reason],
});

const mediaType = (contentType: string): string | undefined => contentType.split(';', 1)[0]?.trim().toLowerCase();

const itemType = (contentType: string): string => contentType.replace('-batch+json', '+json');

/** A batch, not yet taken apart. */
export interface ReadBatch {
  readonly receivedAt: Date;
  readonly contentType: string;
  /** JSON text in UTF-8 without a byte order mark. */
  readonly list: Buffer;
  readonly values: readonly unknown[];
  /** The item that asks for an answer of its own, and that answer. */
  readonly challenge?: { readonly place: number; readonly reply: ExactReply };
}

/** The headers of a batch are its own and say nothing of its items, but for their type. */
const headersOfItem = (contentType: string): DeliveryHeaders => ({
  get: (name) => (name.toLowerCase() === 'content-type' ? contentType : null),
  keys: () => ['content-type'],
});

/** Every item by its own bytes, as it would have come alone. */
export const eventsOf = ({ list, values, contentType, receivedAt }: ReadBatch): readonly ReadEvent[] => {
  const bodies = splitJsonList(list);
  const ownType = itemType(contentType);
  const headers = headersOfItem(ownType);
  return values.map((value, index) => ({
    delivery: { headers, body: bodies[index] ?? Buffer.alloc(0), receivedAt },
    contentType: ownType,
    payload: { kind: 'json', value, verbatimJson: true },
  }));
};

/** Most items of a batch that is taken: each takes memory of its own. Event Grid sends 5,000 at most. */
const maxItems = 100_000;

const tooManyItems: Rejected = {
  kind: 'rejected',
  code: 'MalformedPayload',
  detail: `The batch holds more than ${maxItems} events. Send fewer at a time.`,
};

/** A challenge is the one item of its list; beside others it is answered all the same, and they are taken. */
const challengeIn = (
  { handshake }: Provider,
  delivery: Delivery,
  values: readonly unknown[],
  secret: string,
): ReadBatch['challenge'] => {
  if (handshake === undefined) return undefined;
  for (const [place, value] of values.entries()) {
    const reply = handshake(delivery, [value], secret);
    if (reply !== undefined) return { place, reply };
  }
  return undefined;
};

interface ReadList {
  readonly delivery: Delivery;
  readonly contentType: string;
  readonly values: readonly unknown[];
  readonly verbatimJson: boolean;
}

const readBatch = (
  provider: Provider,
  { delivery, contentType, values, verbatimJson }: ReadList,
  secret: string,
): DeliveryReading => {
  if (values.length > maxItems) return tooManyItems;
  const challenge = challengeIn(provider, delivery, values, secret);
  if (challenge !== undefined && values.length === 1) return { kind: 'challenge', reply: challenge.reply };
  const list = verbatimJson ? delivery.body : delivery.body.subarray(3);
  const { receivedAt } = delivery;
  return { kind: 'batch', batch: { receivedAt, contentType, list, values, ...(challenge && { challenge }) } };
};

const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const readPayload = (provider: Provider, { headers, body }: Delivery) => {
  const said = headers.get('content-type');
  if (provider.takesAnyContent?.(headers) === true) {
    const payload = decodeAnyPayload(body, said);
    return { payload, contentType: said ?? (payload.kind === 'json' ? 'application/json' : opaqueType) };
  }
  const contentType = said ?? 'application/json';
  const { formField, plainForms } = provider;
  return { payload: decodePayload({ body, contentType, formField, plainForms }), contentType };
};

/** Reads a verified delivery: answers a challenge, tells a batch, or says why the body cannot be read. */
export const readDelivery = (provider: Provider, delivery: Delivery, secret: string): DeliveryReading => {
  const { payload, contentType } = readPayload(provider, delivery);
  if (payload.kind === 'malformed') return rejected(payload);
  const isBatch =
    payload.kind === 'json' && Array.isArray(payload.value) && mediaType(contentType) === provider.batchType;
  if (isBatch) {
    const { verbatimJson } = payload;
    return readBatch(provider, { delivery, contentType, values: listed(payload.value), verbatimJson }, secret);
  }
  const reply = provider.handshake?.(delivery, payload.value, secret);
  return reply === undefined
    ? { kind: 'event', event: { delivery, contentType, payload } }
    : { kind: 'challenge', reply };
};
