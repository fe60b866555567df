import { decodePayload } from '../envelope/decode-payload.js';
import { mayVerify } from '../signatures/may-verify.js';
import { isFresh, readTimestamp } from '../signatures/timestamp.js';
import { verifySignature } from '../signatures/verify-signature.js';
import type { Delivery, DeliveryHeaders } from './delivery.js';
import type { BodyTimestamp, Description, Provider, ProviderDescriptor } from './provider.js';
import { numberAt, textAt } from './read-member.js';

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
