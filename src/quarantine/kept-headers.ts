import type { DeliveryHeaders, Provider } from '../providers/provider.js';
import type { SigningScheme } from '../signatures/signing-scheme.js';

type Pair = readonly [string, string];

/** What senders write beside the headers of their schemes. */
const sendersNames =
  /^(?:content-type|user-agent|request-id|idempotency-key|webhook-.+|(?:aeg|ce|linear|sentry|svix|twitch)-.+|x-.+)$/;

/** What the platform and proxies write, and what opens doors: never the sender's business. */
const platformsNames =
  /^x-(?:functions-.+|forwarded.*|original.*|real-ip|ms-.+|arr-.+|appservice-.+|azure-.+|client-.+|waws-.+|site-.+|zumo-.+|cluster-.+|envoy-.+)$/;

const isSenders = (name: string): boolean => sendersNames.test(name) && !platformsNames.test(name);

const headersOf = (scheme: SigningScheme): readonly string[] => {
  switch (scheme.kind) {
    case 'basic':
      return ['authorization'];
    case 'token':
      return [scheme.header];
    case 'hmac':
    case 'ed25519':
      return [scheme.header, scheme.idHeader ?? [], scheme.timestamp?.header ?? []].flat();
  }
};

/** Headers that the provider's schemes and rules name, in lower case. */
const namedBy = ({ signing, factHeaders = [] }: Provider): readonly string[] => [
  ...new Set([...signing.flatMap(headersOf), ...factHeaders].map((name) => name.toLowerCase())),
];

/**
 * The headers that verifying and normalizing need, in lower case: those that the provider names, and those that senders write.
 * `Authorization` only where it is how the sender proves itself; never cookies, function keys, or what proxies add.
 */
export const keptHeaders = (provider: Provider, headers: DeliveryHeaders): readonly Pair[] => {
  const kept = new Map<string, string>();
  const usual = [...headers.keys()].map((name) => name.toLowerCase()).filter(isSenders);
  for (const name of [...usual, ...namedBy(provider)]) {
    const text = headers.get(name);
    if (text !== null) kept.set(name, text);
  }
  return [...kept];
};

/** The parameters of the URL that may hold the sender's token. */
export const keptQuery = ({ signing }: Provider, query: Pick<DeliveryHeaders, 'get'> | undefined): readonly Pair[] =>
  signing.flatMap((scheme) => {
    const name = scheme.kind === 'token' ? scheme.query : undefined;
    const text = name === undefined ? null : (query?.get(name) ?? null);
    return name === undefined || text === null ? [] : [[name, text] as const];
  });
