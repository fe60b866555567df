import { type DecodedPayload, decodePayload, type Malformed } from '../envelope/decode-payload.js';
import { splitJsonList } from '../envelope/split-json-list.js';
import type { Delivery } from '../providers/delivery.js';
import type { ExactReply, Provider } from '../providers/provider.js';
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
  | { readonly kind: 'batch'; readonly events: readonly ReadEvent[] }
  | { readonly kind: 'challenge'; readonly reply: ExactReply }
  | Rejected;

const malformedDetail = {
  empty: 'The body is empty.',
  'not-utf8': 'The body is not valid UTF-8.',
  'not-json': 'The body is not valid JSON.',
  'too-deep': 'The body nests deeper than 128 levels.',
} as const;

const rejected = ({ reason }: Malformed): Rejected => ({
  kind: 'rejected',
  code: 'MalformedPayload',
  detail: malformedDetail[reason],
});

const mediaType = (contentType: string): string | undefined => contentType.split(';', 1)[0]?.trim().toLowerCase();

const itemType = (contentType: string): string => contentType.replace('-batch+json', '+json');

/** Every item by its own bytes, as it would have come alone. */
const eventsOf = ({ delivery, contentType, payload }: ReadEvent, items: readonly unknown[]): readonly ReadEvent[] => {
  const verbatimJson = payload.kind === 'json' && payload.verbatimJson;
  const bodies = splitJsonList(verbatimJson ? delivery.body : delivery.body.subarray(3));
  return items.map((value, index) => ({
    delivery: { ...delivery, body: bodies[index] ?? Buffer.alloc(0) },
    contentType: itemType(contentType),
    payload: { kind: 'json', value, verbatimJson: true },
  }));
};

/** Reads a verified delivery: answers a challenge, takes a batch apart, or says why the body cannot be read. */
export const readDelivery = (provider: Provider, delivery: Delivery, secret: string): DeliveryReading => {
  const contentType = delivery.headers.get('content-type') ?? 'application/json';
  const { formField, plainForms } = provider;
  const payload = decodePayload({ body: delivery.body, contentType, formField, plainForms });
  if (payload.kind === 'malformed') return rejected(payload);
  const reply = provider.handshake?.(delivery, payload.value, secret);
  if (reply !== undefined) return { kind: 'challenge', reply };
  const event = { delivery, contentType, payload };
  const isBatch =
    payload.kind === 'json' && Array.isArray(payload.value) && mediaType(contentType) === provider.batchType;
  return isBatch ? { kind: 'batch', events: eventsOf(event, [...payload.value]) } : { kind: 'event', event };
};
