import { hash } from 'node:crypto';
import type { ArchivedPayload, PayloadToArchive } from '../archive/payload-archive.js';
import { attributeText, encodeEnvelope, encodeWithin, extensionsFrom } from '../envelope/encode-envelope.js';
import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { eventId, eventType } from '../envelope/event-identity.js';
import type { Delivery, EventDescription, Provider } from '../providers/provider.js';
import type { EncodedEvent } from '../routing/address-message.js';
import { fittedKeys, partitionKeyOf } from '../routing/address-message.js';
import type { Rejected } from './outcome.js';
import type { ReadEvent } from './read-delivery.js';

/** A verified delivery in the product's own terms: the envelope's attributes, the payload, and what routing needs. */
export interface NormalizedEvent {
  readonly kind: 'normalized';
  readonly attributes: EnvelopeAttributes;
  readonly description: EventDescription;
  readonly payload: PayloadToArchive;
}

export interface RequestContext {
  readonly correlationId: string;
  readonly traceparent: string;
  readonly tracestate?: string | undefined;
  readonly secretVersion: string;
}

/** Turns what a verified delivery brought into an event, or says what the sender got wrong. */
export const normalize = (
  provider: Provider,
  { delivery, contentType, payload }: ReadEvent,
  context: RequestContext,
): NormalizedEvent | Rejected => {
  const description = provider.describe(delivery, payload.value);
  if (description.kind === 'missing-header') {
    const detail = `The header ${description.header} is missing or malformed.`;
    return { kind: 'rejected', code: 'MissingHeader', detail };
  }
  if (description.kind === 'contradiction') {
    const detail = `The header ${description.header} is not of an event that the payload can be of.`;
    return { kind: 'rejected', code: 'ContradictoryHeader', detail, suspicious: true };
  }
  const attributes = attributesOf({ provider, delivery, context, description, contentType });
  return {
    kind: 'normalized',
    attributes,
    description,
    payload: {
      attributes,
      body: delivery.body,
      contentType,
      sha256: hash('sha256', delivery.body, 'hex'),
      signatureStatus: 'verified',
      secretVersion: context.secretVersion,
      verbatimJson: payload.kind === 'json' && payload.verbatimJson,
      sessionKeys: fittedKeys(description.sessionKeys),
      ...(description.repository !== undefined && { repository: description.repository }),
    },
  };
};

interface AttributeSources {
  readonly provider: Provider;
  readonly delivery: Delivery;
  readonly context: RequestContext;
  readonly description: EventDescription;
  readonly contentType: string;
}

/** Longer ones are no ids; hashed, they are part of the event's. */
const maxDeliveryIdLength = 256;

const attributesOf = (from: AttributeSources): EnvelopeAttributes => {
  const { provider, delivery, context, description, contentType } = from;
  const { event, action, deliveryId, idScope, source, subject, sent } = description;
  const type = eventType({ provider: provider.name, event, action });
  const { body } = delivery;
  const shownId = deliveryId !== undefined && deliveryId.length <= maxDeliveryIdLength ? deliveryId : undefined;
  const attributes: EnvelopeAttributes = {
    specversion: '1.0',
    id: eventId({ provider: provider.name, source, type, sentType: sent?.['type'], deliveryId, idScope, body }),
    source,
    type,
    ...(subject !== undefined && { subject }),
    time: delivery.receivedAt.toISOString(),
    datacontenttype: contentType,
    partitionkey: partitionKeyOf(description.sessionKeys),
    traceparent: context.traceparent,
    ...(context.tracestate !== undefined && { tracestate: context.tracestate }),
    provider: provider.name,
    event,
    ...(action !== undefined && { action }),
    ...(shownId !== undefined && { deliveryid: attributeText(shownId) }),
    correlationid: context.correlationId,
  };
  const extensions = sent && extensionsFrom(sent, attributes);
  return extensions === undefined ? attributes : { ...attributes, extensions };
};

const withBody = ({ attributes, description, payload }: NormalizedEvent, body: Buffer): EncodedEvent => ({
  attributes,
  body,
  sha256: payload.sha256,
  sessionKeys: description.sessionKeys,
  ...(description.repository !== undefined && { repository: description.repository }),
});

/** The event with its payload inside, or `undefined` when that would be above `maxMessageBytes`. */
export const encodeInline = (event: NormalizedEvent, maxMessageBytes: number): EncodedEvent | undefined => {
  const { verbatimJson, body } = event.payload;
  const data = { kind: verbatimJson ? 'json' : 'binary', bytes: body } as const;
  const encoded = encodeWithin(event.attributes, data, maxMessageBytes);
  return encoded === undefined ? undefined : withBody(event, encoded);
};

/** The event as a claim check: where its payload lies, with hash and size to check it by. */
export const encodeClaimCheck = (event: NormalizedEvent, archived: ArchivedPayload): EncodedEvent => {
  const { sha256, body } = event.payload;
  const data = { kind: 'claim-check', url: archived.url, sha256, size: body.length } as const;
  return withBody(event, encodeEnvelope(event.attributes, data));
};
