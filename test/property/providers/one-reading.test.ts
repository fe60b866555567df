import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { providerFixtures } from '../../../local/senders/provider-fixtures.js';
import { readDelivery } from '../../../src/ingest/read-delivery.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import { readProviders } from '../../../src/settings/read-providers.js';

const ownReading = readProviders(
  JSON.stringify({
    providers: {
      'acme-forms': {
        signing: { kind: 'hmac', header: 'X-Acme-Signature', encoding: 'hex' },
        event: [{ pointer: '/type' }, { pointer: '/payload/type' }],
        deliveryId: { pointer: '/id' },
        contentTypes: ['application/json', 'application/x-www-form-urlencoded', 'text/plain'],
      },
    },
  }),
);
const own = ownReading.ok ? ownReading.providers : [];

/** Those that take more than one content type: for them one body might have two readings. */
const providers = [...builtInProviders, ...own].filter(({ contentTypes }) => contentTypes.length > 1);

/** How an attacker may spell a type that the receiver still takes. */
const spellings = (type: string): readonly string[] => [
  type,
  type.toUpperCase(),
  ` ${type} `,
  `${type}; charset=utf-8`,
  `${type};charset=utf-16; boundary=x`,
  `${type};application/json`,
];

/** The headers of a provider's deliveries, but for their content type. */
const headersOf = ({ name }: Provider): Headers => {
  const headers = new Headers({ 'x-event': 'push' });
  for (const { headers: own } of providerFixtures(name)) {
    for (const [name, value] of Object.entries(own)) if (!name.startsWith('ce-')) headers.set(name, value);
  }
  if (name === 'github') headers.set('x-github-event', 'push');
  return headers;
};

interface OneBody {
  readonly provider: Provider;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** What a bot would be told of a body that came under a content type; `undefined` when it is refused. */
const factsOf = ({ provider, headers, body }: OneBody, contentType: string): unknown => {
  headers.set('content-type', contentType);
  const delivery = { headers, body, receivedAt: new Date(0) };
  const reading = readDelivery(provider, delivery, localProviderSecret(provider).stored);
  if (reading.kind === 'rejected') return undefined;
  if (reading.kind === 'challenge') return reading.reply;
  if (reading.kind === 'batch') return reading.batch.values;
  const { payload } = reading.event;
  const description = provider.describe(delivery, payload.value);
  return description.kind === 'event' ? { description, value: payload.value } : undefined;
};

const word = fc.constantFrom('payload', 'command', 'ssl_check', 'type', 'text', 'token', 'p%61yload', 'id');
const json = fc.jsonValue().map((value) => JSON.stringify(value));
const pair = fc
  .tuple(word, fc.oneof(json.map(encodeURIComponent), json, fc.string()))
  .map(([name, value]) => `${name}=${value}`);
const form = fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.join('&'));

/** A genuine JSON body with text of a stranger's in it: the very forgery, among others. */
const jsonWithForm = fc
  .tuple(form, fc.constantFrom('text', '', 'payload', 'type'))
  .map(([text, name]) => JSON.stringify({ [name]: `&${text}`, type: 'event_callback', action: 'opened' }));
const bodies = fc
  .oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc
      .oneof(
        json,
        form,
        jsonWithForm,
        fc.tuple(json, form).map(([one, other]) => `${one}&${other}`),
      )
      .map(Buffer.from),
  )
  .chain((body) =>
    fc.constantFrom('', '\ufeff', ' ', '\n', '&', '=', '"').map((before) => Buffer.concat([Buffer.from(before), body])),
  );

describe('one body', () => {
  it('is tried for every provider that takes more than one content type', () => {
    expect(providers.map(({ name }) => name)).toEqual([
      'cloudevents',
      'forgejo',
      'gitea',
      'github',
      'slack',
      'acme-forms',
    ]);
  });

  it.each(
    providers.map((provider) => ({ name: provider.name, provider })),
  )('of $name has one reading, whatever content type it comes under', ({ provider }) => {
    const types = fc.constantFrom(...provider.contentTypes.flatMap(spellings));
    const headers = headersOf(provider);

    fc.assert(
      fc.property(bodies, types, types, (body, one, other) => {
        const readings = [one, other].map((type) => factsOf({ provider, headers, body }, type));
        const facts = readings.filter((each) => each !== undefined);

        if (facts.length === 2) expect(facts[1]).toEqual(facts[0]);
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['github', 'gitea', 'forgejo', 'slack'])('of %s that was signed as JSON is refused as a form', (name) => {
    const provider = builtInProviders.find((each) => each.name === name);
    const forged = '{"issue":{"title":"&payload=%7B%22action%22%3A%22published%22%7D&x="}}';

    const reading =
      provider &&
      readDelivery(
        provider,
        {
          headers: new Headers({ 'content-type': 'application/x-www-form-urlencoded' }),
          body: Buffer.from(forged),
          receivedAt: new Date(0),
        },
        '',
      );

    expect(reading).toMatchObject({ kind: 'rejected', code: 'MalformedPayload' });
  });
});
