import * as z from 'zod/mini';
import { jsonPointerForm } from '../providers/read-member.js';
import { nameForm } from '../text/text.js';

const text = (pattern: RegExp, error: string) => z.string({ error }).check(z.regex(pattern, { error }));

interface Range {
  readonly from: number;
  readonly to: number;
  readonly unit: string;
}

const wholeNumber = ({ from, to, unit }: Range) => {
  const error = `whole ${unit} from ${from} to ${to}`;
  return z.int({ error }).check(z.minimum(from, { error }), z.maximum(to, { error }));
};

const headerName = text(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'the name of a header');
const shortText = text(/^[\x20-\x7e]{1,64}$/, 'up to 64 printable ASCII characters');
const encoding = z.enum(['hex', 'base64'], { error: '"hex" or "base64"' });

const timestampSchema = z
  .strictObject(
    {
      header: headerName,
      item: z
        .optional(shortText)
        .check(z.describe('The header is a comma list, and this begins its one item, e.g. t=')),
      format: z._default(
        z.enum(['seconds', 'milliseconds', 'rfc3339'], { error: '"seconds", "milliseconds" or "rfc3339"' }),
        'seconds',
      ),
      toleranceSeconds: z._default(wholeNumber({ from: 1, to: 86_400, unit: 'seconds' }), 300),
    },
    { error: 'a timestamp: header and, if wanted, item, format, toleranceSeconds' },
  )
  .check(z.describe('When the sender signed, and how old or early that may be'));

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
  header: headerName.check(z.describe('Where the signature stands')),
  encoding,
  prefix: z.optional(shortText).check(z.describe('What stands before the signature, e.g. sha256=')),
  list: z
    .optional(z.enum(['comma', 'comma-space', 'space'], { error: '"comma", "comma-space" or "space"' }))
    .check(z.describe('The header may hold several signatures, of which one must be right')),
  signedBytes: z
    .optional(shortText)
    .check(z.describe('What is signed, e.g. {id}.{timestamp}.{body}; {body} when absent')),
  idHeader: z.optional(headerName).check(z.describe('The header that {id} stands for')),
  timestamp: z.optional(timestampSchema),
};

const signatureNames = 'header, encoding and, if wanted, key, prefix, list, signedBytes, idHeader, timestamp';

const hmacSchema = z
  .strictObject(
    {
      kind: z.literal('hmac'),
      algorithm: z._default(z.enum(['sha256', 'sha512'], { error: '"sha256" or "sha512"' }), 'sha256'),
      key: z
        ._default(z.enum(['text', 'base64', 'whsec'], { error: '"text", "base64" or "whsec"' }), 'text')
        .check(z.describe('How the secret becomes the key: as it is, base64, or base64 after whsec_')),
      ...signatureFields,
    },
    { error: `"hmac" has ${signatureNames}, algorithm` },
  )
  .check(z.refine(isWholeTemplate, templateError));

const ed25519Schema = z
  .strictObject(
    {
      kind: z.literal('ed25519'),
      key: z
        ._default(z.enum(['hex', 'base64', 'whpk'], { error: '"hex", "base64" or "whpk"' }), 'hex')
        .check(z.describe('How the public key of 32 bytes is written in the secret')),
      ...signatureFields,
    },
    { error: `"ed25519" has ${signatureNames}` },
  )
  .check(z.refine(isWholeTemplate, templateError));

const tokenSchema = z.strictObject(
  {
    kind: z.literal('token'),
    header: headerName.check(z.describe('Where the secret itself stands')),
    prefix: z.optional(shortText).check(z.describe('What stands before it, e.g. "Bearer "')),
  },
  { error: '"token" has header and, if wanted, prefix' },
);

const basicSchema = z
  .strictObject({ kind: z.literal('basic') }, { error: '"basic" has nothing beside it' })
  .check(z.describe('The secret is user:password'));

const placeSchema = z.union(
  [
    z.strictObject({ header: headerName }),
    z.strictObject({ pointer: text(jsonPointerForm, 'a JSON Pointer such as /event/type') }),
  ],
  { error: 'a place: {"header": "X-Event"} or {"pointer": "/event/type"}' },
);

const placesText =
  'a place such as {"header": "X-Event"} or {"pointer": "/event/type"}, or a list of one to eight places';

const placesSchema = z.union(
  [
    placeSchema,
    z.array(placeSchema).check(z.minLength(1, { error: placesText }), z.maxLength(8, { error: placesText })),
  ],
  {
    error: placesText,
  },
);

/** A sender of one's own, in the vocabulary of the built-in ones. */
export const ownProviderSchema = z
  .strictObject(
    {
      signing: z
        .discriminatedUnion('kind', [hmacSchema, ed25519Schema, tokenSchema, basicSchema], {
          error: 'how it signs: an object whose "kind" is "hmac", "ed25519", "token" or "basic"',
        })
        .check(z.describe('How a delivery proves that it is genuine')),
      event: placesSchema.check(z.describe('What happened: the second word of the event type')),
      action: z.optional(placesSchema).check(z.describe('The third word of the event type')),
      deliveryId: z.optional(placesSchema).check(z.describe('What is the same when a delivery is repeated')),
      source: z
        .optional(text(/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,1000}$/i, 'a URI'))
        .check(z.describe('URI of the sender; urn:webhook:{name} when absent')),
      subject: z.optional(placesSchema).check(z.describe('What the event is about')),
      repository: z.optional(placesSchema).check(z.describe('owner/name, for bots that ask for repositories')),
      sessionKey: z
        .optional(placesSchema)
        .check(z.describe('What an ordered bot orders its events by; the subject when absent')),
      contentTypes: z._default(
        z
          .array(text(/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/, 'a media type in lower case, such as application/json'), {
            error: 'a list of media types',
          })
          .check(z.minLength(1, { error: 'at least one media type' })),
        ['application/json'],
      ),
      replyBudgetMs: z
        ._default(wholeNumber({ from: 500, to: 230_000, unit: 'milliseconds' }), 9000)
        .check(z.describe('How long it waits for the reply, less a margin')),
      acceptedStatus: z._default(
        z.union([z.literal(200), z.literal(202), z.literal(204)], { error: '200, 202 or 204' }),
        202,
      ),
    },
    { error: 'a provider: signing and event and, if wanted, action, deliveryId, source, subject, sessionKey…' },
  )
  .register(z.globalRegistry, { id: 'OwnProvider' });

/** A built-in provider once more, under a name and with a secret of its own. */
export const tenantSchema = z
  .strictObject(
    {
      extends: z
        .string({ error: 'the name of a built-in provider' })
        .check(z.describe('The built-in provider that it is')),
    },
    { error: 'nothing beside "extends"' },
  )
  .register(z.globalRegistry, { id: 'Tenant' });

/** `providers.json` as people write it. */
export const providersFileSchema = z
  .strictObject(
    {
      $schema: z.optional(z.string({ error: 'the path of the JSON Schema' })).check(z.describe('For editors')),
      providers: z
        .record(
          text(nameForm, 'a name of 1 to 63 lower-case letters, digits and hyphens'),
          z.union([tenantSchema, ownProviderSchema]),
          { error: 'an object of providers by name' },
        )
        .check(z.describe('Senders by the name that their route, types and secret have')),
    },
    { error: 'an object with "providers", an object of providers by name' },
  )
  .register(z.globalRegistry, {
    title: 'ProvidersFile',
    description: 'Senders of one’s own, and tenants of built-in ones',
  });
