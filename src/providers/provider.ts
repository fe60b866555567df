import { decodePayload } from '../envelope/decode-payload.js';
import type { SentAttributes } from '../envelope/encode-envelope.js';
import { mayVerify } from '../signatures/may-verify.js';
import type { SigningScheme, TimestampRule } from '../signatures/signing-scheme.js';
import { isFresh, readTimestamp } from '../signatures/timestamp.js';
import { verifySignature } from '../signatures/verify-signature.js';
import { numberAt, textAt } from './read-member.js';

/** Request headers, looked up without regard to case. Repeated headers arrive joined by `, `. */
export interface DeliveryHeaders {
  get(name: string): string | null;
  /** In lower case, each once. */
  keys(): Iterable<string>;
}

/** The text of a header. A header that came twice with the same value arrives joined by a comma, and counts once. */
export const headerText = (headers: DeliveryHeaders, name: string): string | null => {
  const text = headers.get(name);
  if (text?.includes(',') !== true) return text;
  const [first = '', ...others] = text.split(',').map((part) => part.trim());
  return others.every((other) => other === first) ? first : text;
};

/** One webhook request as it arrived: nothing parsed, nothing re-encoded. */
export interface Delivery {
  readonly headers: DeliveryHeaders;
  /** The parameters of the URL; absent counts as none. */
  readonly query?: DeliveryHeaders | undefined;
  readonly body: Buffer;
  readonly receivedAt: Date;
}

/** What one event is about, at the three grains that an ordered bot may choose (`orderBy`). Raw, not yet hashed. */
export interface SessionKeys {
  readonly entity: string;
  readonly repository: string;
  readonly source: string;
}

/** A reply that the sender documents byte for byte. */
export interface ExactReply {
  readonly status: 200 | 204;
  readonly contentType?: string;
  readonly body: string;
}

/** A genuine, well-formed delivery in the provider's own terms. */
export interface EventDescription {
  readonly kind: 'event';
  readonly event: string;
  readonly action?: string;
  /** As sent, whatever characters it holds. */
  readonly deliveryId?: string;
  /** What the sender keeps its ids unique within, where that is less than a route. */
  readonly idScope?: string;
  /** URI of what sent it. */
  readonly source: string;
  readonly subject?: string;
  /** `owner/repo`, when the event belongs to one. */
  readonly repository?: string;
  readonly sessionKeys: SessionKeys;
  /**
   * Its id or event stands in a header that is not signed, and something in the signed body is of this one occurrence alone: the
   * same bytes under another id or event are somebody else's.
   */
  readonly isUnique?: true;
  /** What the sender wants to hear once the event is kept; absent: the accepted status and what became of the event. */
  readonly reply?: ExactReply;
  /** What the sender said beside the payload: extensions of the envelope, by name. */
  readonly sent?: SentAttributes;
}

export type Description =
  | EventDescription
  | { readonly kind: 'missing-header'; readonly header: string }
  /** What a header claims is not what the signed body says: a genuine body that was sent again as something else. */
  | { readonly kind: 'contradiction'; readonly header: string };

/** A timestamp inside the signed body, in place of a header. */
export interface BodyTimestamp {
  /** The members that lead to it. */
  readonly path: readonly string[];
  readonly format: TimestampRule['format'];
  readonly toleranceSeconds: number;
}

/** How a sender signs, what it says and what it expects, as data where data is enough. */
export interface ProviderDescriptor {
  /** The `{provider}` of the route, of event types and of the secret's name. */
  readonly name: string;
  /** How it signs; the form of the secret decides which of several schemes counts. */
  readonly signing: readonly SigningScheme[];
  /** The body says when it was sent, and must be fresh. */
  readonly bodyTimestamp?: BodyTimestamp;
  /** Headers that `describe` reads, where their names are not among those that senders usually choose (`X-…` and the like). */
  readonly factHeaders?: readonly string[];
  /** Media types it sends, without parameters, lower case. */
  readonly contentTypes: readonly string[];
  /** The form field that holds the JSON of an `application/x-www-form-urlencoded` delivery. */
  readonly formField?: string;
  /** It also sends forms without that field; their fields are the payload. */
  readonly plainForms?: true;
  /** The media type in which it sends JSON lists, each of whose items is one event. */
  readonly batchType?: string;
  /** Whether the payload of this delivery may be of any media type, or of none, or absent. */
  takesAnyContent?(headers: DeliveryHeaders): boolean;
  /** It asks by OPTIONS whether it may deliver (CloudEvents web hooks, section 4.1). */
  readonly asksForConsent?: true;
  /** It tests with bad signatures that they are refused, and takes any answer but 401 for a fault: never 429. */
  readonly probesSignatures?: true;
  /** How long the sender waits for the reply, less a margin. */
  readonly replyBudgetMs: number;
  /** The status the sender wants for an accepted event. */
  readonly acceptedStatus: 200 | 202 | 204;
  /** What it does after failures, in words for the documentation. */
  readonly afterFailure: string;
  /** What the verified delivery says. `payload` is its parsed JSON. */
  describe(delivery: Delivery, payload: unknown): Description;
  /**
   * The answer to a test of the line that its sender does not sign, which ends the request unverified; `undefined` for all else.
   * It must say nothing that depends on the request or the secret.
   */
  answerUnsigned?(delivery: Delivery): ExactReply | undefined;
  /**
   * The answer to a challenge, which ends the request; `undefined` for an event. Asked only of verified deliveries:
   * `secret` is the one that verified.
   */
  handshake?(delivery: Delivery, payload: unknown, secret: string): ExactReply | undefined;
}

/** A provider, ready to verify. One file and its fixtures each; adding one touches nothing else but the list. */
export interface Provider extends ProviderDescriptor {
  /** Whether `secret` signed these raw bytes, and recently where it says when (`nowMs` since the epoch). Never throws. */
  verify(delivery: Delivery, secret: string, nowMs: number): boolean;
  /** Whether the request could verify with any secret, by its headers alone. Never throws. */
  mayVerify(request: Omit<Delivery, 'body'>): boolean;
}

const plainWord = /^[\x21-\x2b\x2d-\x7e]{1,128}$/;

/** The single word of a header; `undefined` when it is missing, repeated or not a word. */
export const headerWord = (headers: DeliveryHeaders, name: string): string | undefined => {
  const text = headers.get(name) ?? '';
  return plainWord.test(text) ? text : undefined;
};

/** Describes an event by a header that every delivery must have: without it the event is unknown. */
export const describeByHeader =
  (header: string, describe: (word: string, delivery: Delivery, payload: unknown) => Description) =>
  (delivery: Delivery, payload: unknown): Description => {
    const word = headerWord(delivery.headers, header);
    return word === undefined ? { kind: 'missing-header', header } : describe(word, delivery, payload);
  };

/** Reads the body a second time, after its signature was found right: only senders without a signed header need it. */
const isBodyFresh = ({ body }: Delivery, { path, format, toleranceSeconds }: BodyTimestamp, nowMs: number): boolean => {
  const payload = decodePayload({ body, contentType: 'application/json' });
  if (payload.kind === 'malformed') return false;
  const text = textAt(payload.value, ...path) ?? numberAt(payload.value, ...path) ?? '';
  const timestampMs = readTimestamp(text, format);
  return timestampMs !== undefined && isFresh(timestampMs, nowMs, { format, toleranceSeconds });
};

/** Makes a provider of its description: what it says how it signs is what `verify` checks. */
export const defineProvider = (descriptor: ProviderDescriptor): Provider => ({
  ...descriptor,
  mayVerify: (request) => mayVerify(descriptor.signing, request, request.receivedAt.getTime()),
  verify: (delivery, secret, nowMs) => {
    const { signing: schemes, bodyTimestamp } = descriptor;
    if (!verifySignature({ schemes, request: delivery, secret, nowMs })) return false;
    return bodyTimestamp === undefined || isBodyFresh(delivery, bodyTimestamp, nowMs);
  },
});

/** The provider of that name, whose case Azure ignores; `undefined` for one that is not switched on. */
export type ProviderLookup = (name: string) => Provider | undefined;

/** Switches providers on by name. Throws `RangeError` when `names` holds one that does not exist. */
export const selectProviders = (all: readonly Provider[], names: readonly string[]): ProviderLookup => {
  const existing = new Map(all.map((provider) => [provider.name, provider]));
  const unknown = names.filter((name) => !existing.has(name));
  if (unknown.length > 0) {
    throw new RangeError(
      `PROVIDERS has unknown names: ${unknown.join(', ')}. Known: ${[...existing.keys()].join(', ')}`,
    );
  }
  const selected = new Set(names);
  return (name) => {
    const known = name.toLowerCase();
    return selected.has(known) ? existing.get(known) : undefined;
  };
};
