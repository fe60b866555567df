import * as z from 'zod';
import { publishedEnvelopeSchema } from '../envelope/event-envelope.js';
import { botsFileSchema } from './bots-schema.js';
import { providersFileSchema } from './providers-schema.js';

/** Draft 7 is what editors understand best, and what CloudEvents publishes its own schema in. */
const target = 'draft-7';

const textOf = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`;

/**
 * The JSON Schemas this project publishes, by path. `bots.schema.json` and `providers.schema.json` are what people write, so
 * fields with a default may be absent; `event-envelope.schema.json` is what bots receive.
 */
export const publishedSchemas = (): Readonly<Record<string, string>> => ({
  'schemas/bots.schema.json': textOf(z.toJSONSchema(botsFileSchema, { target, io: 'input' })),
  'schemas/event-envelope.schema.json': textOf(z.toJSONSchema(publishedEnvelopeSchema, { target, io: 'input' })),
  'schemas/providers.schema.json': textOf(z.toJSONSchema(providersFileSchema, { target, io: 'input' })),
});
