import * as z from 'zod';
import { eventEnvelopeSchema } from '../envelope/event-envelope.js';
import { botsFileSchema } from './bots-schema.js';
import { providersFileSchema } from './providers-schema.js';

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
 * The envelope as published: any other member is an extension, a text that its sender set. It is stricter than what is
 * required of an envelope that is read, so that mistakes in an envelope made by hand for a test are reported.
 */
const publishedEnvelopeSchema = eventEnvelopeSchema
  .extend({ traceparent: eventEnvelopeSchema.shape.traceparent.regex(traceparentForm) })
  .catchall(z.string())
  .meta({
    $id: 'urn:breakwater:event-envelope',
    title: 'EventEnvelope',
    description: 'One event as a bot of Breakwater receives it: CloudEvents 1.0, JSON structured mode',
    ...onePayload,
  });

/** Draft 7 is what editors understand best, and what CloudEvents publishes its own schema in. */
const target = 'draft-7';

/**
 * A format says what a value is, to validators and to what generates classes from a schema; zod writes its own pattern beside it, which
 * fails where the class holds a date. What zod calls base64 is `byte` to validators and generators.
 */
const withoutFormPatterns = ({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void => {
  if (jsonSchema.format === undefined) return;
  Reflect.deleteProperty(jsonSchema, 'pattern');
  if (jsonSchema.format === 'base64') jsonSchema.format = 'byte';
};

const textOf = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/**
 * The JSON Schemas this project publishes, by path. `bots.schema.json` and `providers.schema.json` are what people write, so
 * fields with a default may be absent; `event-envelope.schema.json` is what bots receive.
 */
export const publishedSchemas = (): Readonly<Record<string, string>> => ({
  'schemas/bots.schema.json': textOf(z.toJSONSchema(botsFileSchema, { target, io: 'input' })),
  'schemas/event-envelope.schema.json': textOf(
    z.toJSONSchema(publishedEnvelopeSchema, { target, io: 'input', override: withoutFormPatterns }),
  ),
  'schemas/providers.schema.json': textOf(z.toJSONSchema(providersFileSchema, { target, io: 'input' })),
});
