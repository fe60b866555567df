import * as z from 'zod';

/**
 * The one shape in which every event reaches a bot: CloudEvents 1.0, JSON structured mode
 * (`application/cloudevents+json`), with lower-case extensions as CloudEvents section "Attribute Naming" asks.
 */
export const eventEnvelopeSchema = z.object({
  specversion: z.literal('1.0').describe('CloudEvents version'),
  id: z
    .string()
    .min(1)
    .describe("The provider's delivery id, joined with what makes it unique, else `sha256:` and a hash"),
  source: z.string().min(1).describe('URI of what sent the event, e.g. https://github.com/octo-org/octo-repo'),
  type: z.string().min(1).describe('{provider}.{event}[.{action}], e.g. github.pull_request.opened'),
  subject: z.string().min(1).optional().describe('The entity, e.g. octo-org/octo-repo/pull_request/42'),
  time: z.iso.datetime().describe('When the request arrived, RFC 3339 UTC'),
  datacontenttype: z.string().min(1).describe("The payload's content type"),
  dataref: z.url().optional().describe('URL of the archived payload; present when the payload is not in the message'),
  datasha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('SHA-256 of the archived payload, lower-case hex; present with dataref'),
  datasize: z.int().nonnegative().optional().describe('Bytes of the archived payload; present with dataref'),
  partitionkey: z
    .string()
    .min(1)
    .describe(
      "The entity's key, such as octo-org/octo-repo/pull_request/42, whatever a bot's orderBy says; its session is the message's session id",
    ),
  traceparent: z.string().min(1).describe('W3C trace context of the request that brought the event'),
  tracestate: z
    .string()
    .optional()
    .describe("What the caller's tracing systems said beside it, W3C tracestate, up to 512 characters"),
  provider: z.string().min(1).describe('The sender, e.g. github'),
  event: z.string().min(1).describe("The provider's name for what happened, e.g. pull_request"),
  action: z.string().min(1).optional().describe("The event's action, e.g. opened"),
  deliveryid: z.string().min(1).optional().describe("The provider's delivery id, as sent"),
  correlationid: z.string().min(1).describe('Ties together all that Breakwater logged for this request'),
  data: z.unknown().optional().describe('The payload, byte for byte as received, when it is JSON'),
  data_base64: z.base64().optional().describe('The payload when it is not JSON text'),
});

/**
 * An envelope's attributes, in the order in which every envelope has them; the payload and where it lies are left out. What a
 * sender said beside its payload is kept apart in `extensions`; in an envelope it stands among the others.
 */
export const envelopeAttributesSchema = eventEnvelopeSchema
  .omit({ data: true, data_base64: true, dataref: true, datasha256: true, datasize: true })
  .extend({ extensions: z.record(z.string(), z.string()).readonly().exactOptional() })
  .readonly();

/** A parsed envelope. Reading `data` through `JSON.parse` loses numbers above 2^53: see `src/consumer`. */
export type EventEnvelope = Readonly<z.infer<typeof eventEnvelopeSchema>>;

/** Everything in an envelope but the payload and where the payload lies; `extensions` are what its sender added. */
export type EnvelopeAttributes = z.infer<typeof envelopeAttributesSchema>;

/** How the payload travels: inside as JSON text, inside as base64, or outside (claim check). */
export type EnvelopeData =
  | { readonly kind: 'json'; readonly bytes: Buffer }
  | { readonly kind: 'binary'; readonly bytes: Buffer }
  | { readonly kind: 'claim-check'; readonly url: string; readonly sha256: string; readonly size: number };
