import { createHmac, createPublicKey, type Hmac, hash, timingSafeEqual, verify } from 'node:crypto';
import { claimedSignatures, decodeStrictly, signedParts } from './claimed-signatures.js';
import type { Ed25519Scheme, HmacScheme, SignedRequest, SigningScheme, TokenScheme } from './signing-scheme.js';

/** A shorter key can be guessed. Keys that are texts are measured where secrets are read. */
const minimumKeyBytes = 16;
const ed25519KeyBytes = 32;

const afterPrefix = (secret: string, prefix: string): string =>
  secret.startsWith(prefix) ? secret.slice(prefix.length) : '';

/** Senders' own libraries accept base64 without padding, or with unused bits in the last character. */
const decodeKeyText = (text: string): Buffer | undefined => {
  const unpadded = text.replace(/={1,2}$/, '');
  return /^[A-Za-z0-9+/]+$/.test(unpadded) && unpadded.length % 4 !== 1 ? Buffer.from(unpadded, 'base64') : undefined;
};

const fitting = (key: Buffer | undefined): Buffer | undefined =>
  key !== undefined && key.length >= minimumKeyBytes ? key : undefined;

/** A text stands for its own UTF-8 bytes. */
type HmacKey = string | Buffer;

/** The key that a secret's text stands for, `undefined` when the text does not have that form. No key is ever empty. */
export const decodeHmacKey = (secret: string, form: HmacScheme['key']): HmacKey | undefined => {
  switch (form) {
    case 'text':
      return secret === '' ? undefined : secret;
    case 'base64':
      return fitting(decodeKeyText(secret));
    case 'whsec':
      return fitting(decodeKeyText(afterPrefix(secret, 'whsec_')));
  }
};

/** The 32 bytes of a public key, `undefined` when the secret's text does not have that form. */
const decodePublicKey = (secret: string, form: Ed25519Scheme['key']): Buffer | undefined => {
  const text = form === 'whpk' ? afterPrefix(secret, 'whpk_') : secret;
  const key = decodeStrictly(text, form === 'hex' ? 'hex' : 'base64');
  return key?.length === ed25519KeyBytes ? key : undefined;
};

/**
 * Whether two texts are the same, in a time that tells neither where they differ nor how long the expected one is: their
 * SHA-256 digests are compared. An empty expected text equals nothing.
 */
export const constantTimeEqual = (given: string, expected: string): boolean =>
  timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer')) && expected !== '';

/** Whether the request repeats the secret in its header, or in the URL where the sender may put it there. Never throws. */
const verifyToken = ({ header, prefix = '', query }: TokenScheme, request: SignedRequest, secret: string): boolean => {
  const text = request.headers.get(header);
  if (text !== null) return text.startsWith(prefix) && constantTimeEqual(text.slice(prefix.length), secret);
  const parameter = query === undefined ? null : (request.query?.get(query) ?? null);
  return parameter !== null && constantTimeEqual(parameter, secret);
};

const basic = /^Basic +([A-Za-z0-9+/=]+)$/i;

/**
 * Whether `Authorization: Basic` holds exactly the secret, `user:password` in UTF-8 (RFC 7617). Bytes that are not UTF-8
 * equal nothing. Never throws.
 */
const verifyBasic = ({ headers }: SignedRequest, secret: string): boolean => {
  const credentials = basic.exec(headers.get('authorization') ?? '')?.[1] ?? '';
  const bytes = decodeStrictly(credentials, 'base64');
  if (bytes === undefined) return false;
  return constantTimeEqual(bytes.toString('latin1'), Buffer.from(secret, 'utf8').toString('latin1'));
};

/** How long a signature is. */
export const signatureBytes = 64;

/** Each is checked against the whole body, which takes half a second at 25 MB; a sender that rolls its key sends two. */
const mostSignatures = 4;

/** Whether the private half of `publicKey` made one of the request's signatures over its signed bytes (RFC 8032). Never throws. */
const verifyEd25519 = (scheme: Ed25519Scheme, request: SignedRequest, publicKey: Buffer, nowMs: number): boolean => {
  const parts = signedParts(scheme, request, nowMs);
  const claimed = claimedSignatures(scheme, request, signatureBytes);
  if (parts === undefined || claimed.length === 0 || claimed.length > mostSignatures) return false;
  const key = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: publicKey.toString('base64url') },
    format: 'jwk',
  });
  const signed = Buffer.concat(parts);
  return claimed.filter((signature) => verify(null, signed, key, signature)).length > 0;
};

/** How long a signature is. */
export const digestBytes = { sha256: 32, sha512: 64 } as const;

/** Node takes three times as long to begin with a key that is a Buffer: its bytes are given as text, too. */
const createHmacWith = (key: HmacKey, algorithm: HmacScheme['algorithm']): Hmac =>
  typeof key === 'string'
    ? createHmac(algorithm, key)
    : createHmac(algorithm, key.toString('latin1'), { encoding: 'latin1' });

/**
 * Whether `key` made one of the request's HMACs over its signed bytes (RFC 2104). Every claimed signature is compared, in
 * constant time. Never throws.
 */
const verifyHmac = (scheme: HmacScheme, request: SignedRequest, key: HmacKey, nowMs: number): boolean => {
  const parts = signedParts(scheme, request, nowMs);
  const claimed = claimedSignatures(scheme, request, digestBytes[scheme.algorithm]);
  if (parts === undefined || claimed.length === 0 || key.length === 0) return false;
  const hmac = createHmacWith(key, scheme.algorithm);
  for (const part of parts) hmac.update(part);
  // A digest that Node makes a Buffer of itself gets memory of its own, which takes longer than this detour.
  const expected = Buffer.from(hmac.digest('binary'), 'binary');
  return claimed.filter((signature) => timingSafeEqual(signature, expected)).length > 0;
};

/** A check that one secret has been bound to. */
type Check = (request: SignedRequest, nowMs: number) => boolean;

const checkFor = (scheme: SigningScheme, secret: string): Check | undefined => {
  switch (scheme.kind) {
    case 'hmac': {
      const key = decodeHmacKey(secret, scheme.key);
      return key === undefined ? undefined : (request, nowMs) => verifyHmac(scheme, request, key, nowMs);
    }
    case 'ed25519': {
      const key = decodePublicKey(secret, scheme.key);
      return key && ((request, nowMs) => verifyEd25519(scheme, request, key, nowMs));
    }
    case 'token':
      return secret === '' ? undefined : (request) => verifyToken(scheme, request, secret);
    case 'basic':
      return secret.includes(':') ? (request) => verifyBasic(request, secret) : undefined;
  }
};

export interface SignatureToVerify {
  /** The ways this sender signs, in order: the first that the secret has the form for is the only one that counts. */
  readonly schemes: readonly SigningScheme[];
  readonly request: SignedRequest;
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/**
 * Whether the holder of `secret` sent this request. The form of the secret decides which scheme is asked; the request
 * decides nothing, so a sender cannot fall back to a weaker one. Never throws.
 */
export const verifySignature = ({ schemes, request, secret, nowMs }: SignatureToVerify): boolean => {
  for (const scheme of schemes) {
    const check = checkFor(scheme, secret);
    if (check !== undefined) return check(request, nowMs);
  }
  return false;
};

/** Whether a secret's text has the form that one of the schemes asks for. */
export const isSecretForm = (schemes: readonly SigningScheme[], secret: string): boolean =>
  schemes.some((scheme) => checkFor(scheme, secret) !== undefined);
