import * as z from 'zod';
import { eventEnvelopeSchema } from '../envelope/event-envelope.js';

/** W3C Trace Context, version 00: neither id is all zeros. */
const traceparentForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** One way for the payload, and no other: inside as JSON, inside as base64, or outside with all that fetching and checking it takes. */
const onePayload = {
  if: { required: ['data'] },
  // biome-ignore-start lint/suspicious/noThenProperty: the keyword of JSON Schema
  then: { not: { anyOf: [{ required: ['data_base64'] }, { required: ['dataref'] }] } },
  else: {
    if: { required: ['data_base64'] },
    then: { not: { required: ['dataref'] } },
    else: { required: ['dataref', 'datasha256', 'datasize'] },
  },
  // biome-ignore-end lint/suspicious/noThenProperty: the keyword of JSON Schema
};

/**
 * The envelope as it is published: whatever else stands in it is an extension, a text that its sender said. It says more than what is
 * asked of an envelope that is read, so that an envelope made by hand for a test is told what is wrong with it.
 */
export const publishedEnvelopeSchema = eventEnvelopeSchema
  .extend({ traceparent: eventEnvelopeSchema.shape.traceparent.regex(traceparentForm) })
  .catchall(z.string())
  .meta({
    $id: 'urn:breakwater:event-envelope',
    title: 'EventEnvelope',
    description: 'One event as it reaches a bot of Breakwater: CloudEvents 1.0, JSON structured mode',
    ...onePayload,
  });
