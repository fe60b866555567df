import * as z from 'zod';
import { botsFileSchema } from './bots-schema.js';
import { providersFileSchema } from './providers-schema.js';
import { publishedEnvelopeSchema } from './published-envelope.js';

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
