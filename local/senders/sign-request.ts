import { createHmac, sign } from 'node:crypto';
import type { Ed25519Scheme, HmacScheme, SigningScheme, TimestampRule } from '../../src/signatures/signing-scheme.js';
import { decodeHmacKey } from '../../src/signatures/verify-signature.js';
import { privateKeyOf } from './ed25519-seed.js';

export interface RequestToSign {
  readonly schemes: readonly SigningScheme[];
  readonly body: Buffer;
  readonly deliveryId: string;
  /** In the form that the scheme asks for; for Ed25519 the private key's seed, in hex. */
  readonly secret: string;
  readonly nowMs: number;
}

type Headers = Readonly<Record<string, string>>;

const timestampText = (nowMs: number, format: TimestampRule['format']): string => {
  if (format === 'rfc3339') return new Date(nowMs).toISOString();
  return String(format === 'seconds' ? Math.floor(nowMs / 1000) : nowMs);
};

const encode = (digest: Buffer, { prefix = '', encoding }: HmacScheme | Ed25519Scheme): string =>
  `${prefix}${digest.toString(encoding)}`;

const digestOf = (scheme: HmacScheme | Ed25519Scheme, bytes: Buffer, secret: string): Buffer => {
  if (scheme.kind === 'ed25519') return sign(null, bytes, privateKeyOf(Buffer.from(secret, 'hex')));
  const key = decodeHmacKey(secret, scheme.key) ?? Buffer.alloc(0);
  return createHmac(scheme.algorithm, key).update(bytes).digest();
};

const signed = (scheme: HmacScheme | Ed25519Scheme, request: RequestToSign): Headers => {
  const { body, deliveryId, secret, nowMs } = request;
  const { signedBytes = '{body}', timestamp: rule, idHeader } = scheme;
  const timestamp = rule === undefined ? '' : timestampText(nowMs, rule.format);
  const head = signedBytes.slice(0, signedBytes.indexOf('{body}'));
  const before = head.replace('{id}', deliveryId).replace('{timestamp}', timestamp);
  const signature = encode(digestOf(scheme, Buffer.concat([Buffer.from(before), body]), secret), scheme);
  const value = rule?.item === undefined ? signature : `${rule.item}${timestamp},${signature}`;
  return {
    ...(idHeader !== undefined && { [idHeader]: deliveryId }),
    ...(rule !== undefined && rule.item === undefined && { [rule.header]: timestamp }),
    [scheme.header]: value,
  };
};

const canSignWith = (scheme: SigningScheme, secret: string): boolean => {
  switch (scheme.kind) {
    case 'hmac':
      return decodeHmacKey(secret, scheme.key) !== undefined;
    case 'ed25519':
      return /^[0-9a-f]{64}$/.test(secret);
    case 'token':
      return secret !== '';
    case 'basic':
      return secret.includes(':');
  }
};

/** The scheme that a secret has the form for, as a sender would use it. */
export const signingScheme = (schemes: readonly SigningScheme[], secret: string): SigningScheme | undefined =>
  schemes.find((scheme) => canSignWith(scheme, secret));

/** The headers by which a sender proves itself; throws `RangeError` when the secret fits none of its schemes. */
export const signRequest = (request: RequestToSign): Headers => {
  const { schemes, secret } = request;
  const scheme = signingScheme(schemes, secret);
  switch (scheme?.kind) {
    case 'hmac':
    case 'ed25519':
      return signed(scheme, request);
    case 'token':
      return { [scheme.header]: `${scheme.prefix ?? ''}${secret}` };
    case 'basic':
      return { Authorization: `Basic ${Buffer.from(secret, 'utf8').toString('base64')}` };
    case undefined:
      throw new RangeError('The secret does not have the form that this sender signs with');
  }
};
