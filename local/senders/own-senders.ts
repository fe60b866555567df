import type { z } from 'zod';
import type { FactPlaces } from '../../src/providers/event-rules.js';
import type { Provider } from '../../src/providers/provider.js';
import { parseJson } from '../../src/settings/parse-json.js';
import { type ownProviderSchema, providersFileSchema } from '../../src/settings/providers-schema.js';
import { describedSender } from './described-sender.js';
import type { Sample, Sender } from './sender.js';
import { senders } from './senders.js';

type Rules = z.infer<typeof ownProviderSchema>;

/** What a made-up delivery says, fact by fact. */
const factTexts = ({ event, action, deliveryId, subject, repository, sessionKey }: Rules) =>
  [
    [event, 'sample'],
    [action, 'made'],
    [deliveryId, '{deliveryId}'],
    [subject, 'sample-subject'],
    [repository, 'octo-org/octo-repo'],
    [sessionKey, 'sample-conversation'],
  ] as const satisfies readonly (readonly [FactPlaces | undefined, string])[];

interface MadeUp {
  readonly headers: Record<string, string>;
  readonly body: Map<string, unknown>;
}

const putAt = (body: Map<string, unknown>, [name = '', ...rest]: readonly string[], text: string): void => {
  if (rest.length === 0) {
    body.set(name, text);
    return;
  }
  const found = body.get(name);
  const inner = found instanceof Map ? found : new Map<string, unknown>();
  body.set(name, inner);
  putAt(inner, rest, text);
};

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

const put = ({ headers, body }: MadeUp, places: FactPlaces | undefined, text: string): void => {
  const [place] = [places ?? []].flat();
  if (place === undefined) return;
  if ('header' in place) headers[place.header] = text;
  else putAt(body, place.pointer.split('/').slice(1).map(unescaped), text);
};

const plain = (value: unknown): unknown =>
  value instanceof Map ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)])) : value;

/** One delivery that says everything its rules ask for, each fact at the first of its places. */
const madeUpSample = (rules: Rules): Sample => {
  const madeUp: MadeUp = { headers: {}, body: new Map() };
  for (const [places, text] of factTexts(rules)) put(madeUp, places, text);
  const body = Buffer.from(JSON.stringify(plain(madeUp.body)));
  return { event: 'sample', body, contentType: rules.contentTypes[0] ?? 'application/json', headers: madeUp.headers };
};

const asTenant = (name: string, base: string): readonly Sender[] =>
  senders.filter(({ provider }) => provider === base).map((sender) => ({ ...sender, provider: name }));

/**
 * Plays the senders of a good `providers.json`: a tenant as the built-in provider that it is, a sender of one's own with one
 * made-up sample. `own` are the providers that were read from the same text.
 */
export const ownSenders = (text: string, own: readonly Provider[]): readonly Sender[] => {
  const json = parseJson(text);
  const { providers } = providersFileSchema.parse(json.ok ? json.value : undefined);
  return Object.entries(providers).flatMap(([name, entry]) => {
    if ('extends' in entry) return asTenant(name, entry.extends);
    const provider = own.find((each) => each.name === name);
    return provider === undefined ? [] : [describedSender(provider, () => [madeUpSample(entry)])];
  });
};
