import * as z from 'zod';
import { jsonPointerForm } from '../providers/read-pointer.js';

const text = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });

const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'the name of a header');
const shortText = text(/^[\x20-\x7e]{1,64}$/, 'up to 64 printable ASCII characters');
const encoding = z.enum(['hex', 'base64'], { error: '"hex" or "base64"' });

const timestampSchema = z
  .strictObject(
    {
      header: headerName,
      item: shortText.optional().describe('The header is a comma list, and this begins its one item, e.g. t='),
      format: z
        .enum(['seconds', 'milliseconds', 'rfc3339'], { error: '"seconds", "milliseconds" or "rfc3339"' })
        .default('seconds'),
      toleranceSeconds: z
        .int({ error: 'whole seconds from 1 to 86400' })
        .min(1, { error: 'whole seconds from 1 to 86400' })
        .max(86_400, { error: 'whole seconds from 1 to 86400' })
        .default(300),
    },
    { error: 'a timestamp: header and, if wanted, item, format, toleranceSeconds' },
  )
  .describe('When the sender signed, and how old or early that may be');

const placeholders = /\{[^}]*\}/g;

interface SignedRule {
  readonly signedBytes?: string | undefined;
  readonly idHeader?: string | undefined;
  readonly timestamp?: unknown;
}

/** Each placeholder has its header, each header its placeholder, and the body is signed exactly once. */
const isWholeTemplate = ({ signedBytes = '{body}', idHeader, timestamp }: SignedRule): boolean => {
  const used = signedBytes.match(placeholders) ?? [];
  const expected = ['{body}', ...(idHeader ? ['{id}'] : []), ...(timestamp ? ['{timestamp}'] : [])];
  return signedBytes.endsWith('{body}') && used.toSorted().join() === expected.toSorted().join();
};

const templateError = {
  error:
    '"signedBytes" that ends with {body} and names {id} exactly when there is an idHeader, {timestamp} exactly when there is a timestamp',
};

const signatureFields = {
  header: headerName.describe('Where the signature stands'),
  encoding,
  prefix: shortText.optional().describe('What stands before the signature, e.g. sha256='),
  list: z
    .enum(['comma', 'space'], { error: '"comma" or "space"' })
    .optional()
    .describe('The header may hold several signatures, of which one must be right'),
  signedBytes: shortText.optional().describe('What is signed, e.g. {id}.{timestamp}.{body}; {body} when absent'),
  idHeader: headerName.optional().describe('The header that {id} stands for'),
  timestamp: timestampSchema.optional(),
};

const hmacSchema = z
  .strictObject({
    kind: z.literal('hmac'),
    algorithm: z.enum(['sha256', 'sha512'], { error: '"sha256" or "sha512"' }).default('sha256'),
    key: z
      .enum(['text', 'base64', 'whsec'], { error: '"text", "base64" or "whsec"' })
      .default('text')
      .describe('How the secret becomes the key: as it is, base64, or base64 after whsec_'),
    ...signatureFields,
  })
  .refine(isWholeTemplate, templateError);

const ed25519Schema = z
  .strictObject({
    kind: z.literal('ed25519'),
    key: z
      .enum(['hex', 'base64', 'whpk'], { error: '"hex", "base64" or "whpk"' })
      .default('hex')
      .describe('How the public key of 32 bytes is written in the secret'),
    ...signatureFields,
  })
  .refine(isWholeTemplate, templateError);

const tokenSchema = z.strictObject({
  kind: z.literal('token'),
  header: headerName.describe('Where the secret itself stands'),
  prefix: shortText.optional().describe('What stands before it, e.g. "Bearer "'),
});

const basicSchema = z.strictObject({ kind: z.literal('basic') }).describe('The secret is user:password');

const placeSchema = z.union(
  [
    z.strictObject({ header: headerName }),
    z.strictObject({ pointer: text(jsonPointerForm, 'a JSON Pointer such as /event/type') }),
  ],
  { error: 'a place: {"header": "X-Event"} or {"pointer": "/event/type"}' },
);

const placesSchema = z.union([placeSchema, z.array(placeSchema).min(1).max(8)], {
  error: 'a place such as {"header": "X-Event"} or {"pointer": "/event/type"}, or a list of places',
});

/** A sender of one's own, in the vocabulary of the built-in ones. */
export const ownProviderSchema = z
  .strictObject(
    {
      signing: z
        .discriminatedUnion('kind', [hmacSchema, ed25519Schema, tokenSchema, basicSchema], {
          error: 'how it signs: an object whose "kind" is "hmac", "ed25519", "token" or "basic"',
        })
        .describe('How a delivery proves that it is genuine'),
      event: placesSchema.describe('What happened: the second word of the event type'),
      action: placesSchema.optional().describe('The third word of the event type'),
      deliveryId: placesSchema.optional().describe('What is the same when a delivery is repeated'),
      source: text(/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,1000}$/i, 'a URI')
        .optional()
        .describe('URI of the sender; urn:webhook:{name} when absent'),
      subject: placesSchema.optional().describe('What the event is about'),
      repository: placesSchema.optional().describe('owner/name, for bots that ask for repositories'),
      sessionKey: placesSchema.optional().describe('What an ordered bot orders its events by; the subject when absent'),
      contentTypes: z
        .array(text(/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/, 'a media type in lower case, such as application/json'), {
          error: 'a list of media types',
        })
        .min(1, { error: 'at least one media type' })
        .default(['application/json']),
      replyBudgetMs: z
        .int({ error: 'whole milliseconds from 500 to 230000' })
        .min(500, { error: 'whole milliseconds from 500 to 230000' })
        .max(230_000, { error: 'whole milliseconds from 500 to 230000' })
        .default(9000)
        .describe('How long it waits for the reply, less a margin'),
      acceptedStatus: z
        .union([z.literal(200), z.literal(202), z.literal(204)], { error: '200, 202 or 204' })
        .default(202),
    },
    { error: 'a provider: signing and event and, if wanted, action, deliveryId, source, subject, sessionKey…' },
  )
  .meta({ id: 'OwnProvider' });

/** A built-in provider once more, under a name and with a secret of its own. */
export const tenantSchema = z
  .strictObject(
    { extends: z.string({ error: 'the name of a built-in provider' }).describe('The built-in provider that it is') },
    { error: 'nothing beside "extends"' },
  )
  .meta({ id: 'Tenant' });

/** `providers.json` as people write it. */
export const providersFileSchema = z
  .strictObject(
    {
      $schema: z.string({ error: 'the path of the JSON Schema' }).optional().describe('For editors'),
      providers: z
        .record(
          text(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of 1 to 63 lower-case letters, digits and hyphens'),
          z.union([tenantSchema, ownProviderSchema]),
          { error: 'an object of providers by name' },
        )
        .describe('Senders by the name that their route, types and secret have'),
    },
    { error: 'an object with "providers", an object of providers by name' },
  )
  .meta({ title: 'Breakwater providers', description: 'Senders of one’s own, and tenants of built-in ones' });
