import { createHmac, createPublicKey, type Hmac, timingSafeEqual, verify } from 'node:crypto';
import { verifyBasic, verifyToken } from './shown-secret.js';
import {
  type Ed25519Scheme,
  type HmacScheme,
  listItems,
  type SignedRequest,
  type SigningScheme,
} from './signing-scheme.js';
import { timelyText } from './timestamp.js';

/** Those in which a signature proves who holds the secret, and that the body is the sender's. */
type Scheme = HmacScheme | Ed25519Scheme;

/** How long a signature is. */
const digestBytes = { sha256: 32, sha512: 64 } as const;
const ed25519SignatureBytes = 64;

/**
 * The bytes that lower-case hex or canonical base64 stands for; `undefined` for any other text, and for none. `Buffer.from`
 * alone skips what it does not know, so that many texts would mean the same bytes.
 */
const decodeStrictly = (text: string, encoding: 'hex' | 'base64'): Buffer | undefined => {
  const bytes = Buffer.from(text, encoding);
  return text !== '' && bytes.toString(encoding) === text ? bytes : undefined;
};

/** A sender that rolls its key sends two or three. */
const maxSignatures = 16;

const commasIn = (text: string): number => text.split(',').length - 1;

/**
 * Whether the header came twice: joined by a comma and a space (Node.js), or by a comma alone (Azure's host). That puts a comma
 * where none belongs, or makes a list by commas hold everything twice, which no sender writes. A lone signature has no comma.
 */
const isRepeated = (items: readonly string[], { list, prefix = '' }: Pick<Scheme, 'list' | 'prefix'>): boolean => {
  switch (list) {
    case undefined:
      return false;
    case 'space':
      return items.some((item) => commasIn(item) > commasIn(prefix));
    case 'comma':
      return new Set(items).size < items.length || items.some((item) => item.startsWith(' '));
    case 'comma-space':
      return new Set(items).size < items.length;
  }
};

/**
 * The signatures that a request claims to have, decoded: those items that begin with the scheme's prefix and are exactly as
 * long as its signatures. None when the header is missing or repeated, and none when it lists more than any sender would.
 */
const claimedSignatures = (scheme: Scheme, { headers }: SignedRequest): readonly Buffer[] => {
  const { header, prefix = '', list, encoding } = scheme;
  const length = scheme.kind === 'hmac' ? digestBytes[scheme.algorithm] : ed25519SignatureBytes;
  const text = headers.get(header) ?? '';
  const items = list === undefined ? [text] : listItems(text, list);
  if (isRepeated(items, scheme) || items.length > maxSignatures) return [];
  const claimed: Buffer[] = [];
  for (const item of items) {
    const bytes = item.startsWith(prefix) ? decodeStrictly(item.slice(prefix.length), encoding) : undefined;
    if (bytes?.length === length) claimed.push(bytes);
  }
  return claimed;
};

/** Printable ASCII without spaces and commas: a repeated header, which arrives joined by a comma, is no id. */
const idForm = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;

/** A separator inside the id would let one signed text be read in two ways. */
const isUsableId = (id: string, template: string): boolean =>
  idForm.test(id) && !(template.includes('{id}.') && id.includes('.'));

const placeholder = /(\{(?:body|timestamp|id)\})/;

/**
 * The bytes that were signed, part by part, so that a large body is never copied; `undefined` when a header that belongs to
 * them is missing or malformed, or when the timestamp is outside its window.
 */
const signedParts = (scheme: Scheme, request: SignedRequest, nowMs: number): readonly Buffer[] | undefined => {
  const { signedBytes = '{body}', idHeader, timestamp: rule, list } = scheme;
  const id = idHeader === undefined ? undefined : (request.headers.get(idHeader) ?? '');
  if (id !== undefined && !isUsableId(id, signedBytes)) return undefined;
  const timestamp = rule === undefined ? '' : timelyText(request, { ...rule, list }, nowMs);
  if (timestamp === undefined) return undefined;
  if (signedBytes === '{body}') return [request.body];
  return signedBytes.split(placeholder).map((part) => {
    if (part === '{body}') return request.body;
    if (part === '{timestamp}') return Buffer.from(timestamp, 'latin1');
    return Buffer.from(part === '{id}' ? (id ?? '') : part, 'latin1');
  });
};

/** What a request claims by a scheme: the signatures, and the bytes that they are of. */
interface Claim {
  readonly signatures: readonly Buffer[];
  readonly parts: readonly Buffer[];
}

/** `undefined` when the request claims nothing that could be right, by its headers alone. Never throws. */
export const claimOf = (scheme: Scheme, request: SignedRequest, nowMs: number): Claim | undefined => {
  const parts = signedParts(scheme, request, nowMs);
  const signatures = claimedSignatures(scheme, request);
  return parts === undefined || signatures.length === 0 ? undefined : { signatures, parts };
};

/** A shorter key can be guessed. Keys that are texts are measured where secrets are read. */
const minimumKeyBytes = 16;
const ed25519KeyBytes = 32;

const afterPrefix = (secret: string, prefix: string): string =>
  secret.startsWith(prefix) ? secret.slice(prefix.length) : '';

/** Senders' own libraries accept base64 without padding, or with unused bits in the last character. */
const decodeKeyText = (text: string): Buffer | undefined => {
  const unpadded = text.replace(/={1,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(unpadded) || unpadded.length % 4 === 1) return undefined;
  const key = Buffer.from(unpadded, 'base64');
  return key.length >= minimumKeyBytes ? key : undefined;
};

/** A text stands for its own UTF-8 bytes. */
type HmacKey = string | Buffer;

/** The key that a secret's text stands for, `undefined` when the text does not have that form. No key is ever empty. */
export const decodeHmacKey = (secret: string, form: HmacScheme['key']): HmacKey | undefined => {
  switch (form) {
    case 'text':
      return secret === '' ? undefined : secret;
    case 'base64':
      return decodeKeyText(secret);
    case 'whsec':
      return decodeKeyText(afterPrefix(secret, 'whsec_'));
  }
};

/** The 32 bytes of a public key, `undefined` when the secret's text does not have that form. */
const decodePublicKey = (secret: string, form: Ed25519Scheme['key']): Buffer | undefined => {
  const text = form === 'whpk' ? afterPrefix(secret, 'whpk_') : secret;
  const key = decodeStrictly(text, form === 'hex' ? 'hex' : 'base64');
  return key?.length === ed25519KeyBytes ? key : undefined;
};

/** Each is checked against the whole body, which takes half a second at 25 MB; a sender that rolls its key sends two. */
const mostSignatures = 4;

/** Whether the private half of `publicKey` made one of the signatures (RFC 8032). */
const verifyEd25519 = ({ signatures, parts }: Claim, publicKey: Buffer): boolean => {
  if (signatures.length > mostSignatures) return false;
  const x = publicKey.toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.concat(parts);
  return signatures.filter((signature) => verify(null, signed, key, signature)).length > 0;
};

/** Node takes three times as long to begin with a key that is a Buffer: its bytes are given as text, too. */
const createHmacWith = (key: HmacKey, algorithm: HmacScheme['algorithm']): Hmac =>
  typeof key === 'string'
    ? createHmac(algorithm, key)
    : createHmac(algorithm, key.toString('latin1'), { encoding: 'latin1' });

/** Whether `key` made one of the HMACs (RFC 2104). Every claimed signature is compared, in constant time. */
const verifyHmac = ({ signatures, parts }: Claim, key: HmacKey, algorithm: HmacScheme['algorithm']): boolean => {
  const hmac = createHmacWith(key, algorithm);
  for (const part of parts) hmac.update(part);
  // A digest that Node makes a Buffer of itself gets memory of its own, which takes longer than this detour.
  const expected = Buffer.from(hmac.digest('binary'), 'binary');
  return signatures.filter((signature) => timingSafeEqual(signature, expected)).length > 0;
};

/** A check that one secret has been bound to. */
type Check = (request: SignedRequest, nowMs: number) => boolean;

const checkOf =
  (scheme: Scheme, isRight: (claim: Claim) => boolean): Check =>
  (request, nowMs) => {
    const claim = claimOf(scheme, request, nowMs);
    return claim !== undefined && isRight(claim);
  };

/** `undefined` when the secret has another form than the scheme's. */
const checkFor = (scheme: SigningScheme, secret: string): Check | undefined => {
  switch (scheme.kind) {
    case 'hmac': {
      const key = decodeHmacKey(secret, scheme.key);
      return key === undefined ? undefined : checkOf(scheme, (claim) => verifyHmac(claim, key, scheme.algorithm));
    }
    case 'ed25519': {
      const key = decodePublicKey(secret, scheme.key);
      return key && checkOf(scheme, (claim) => verifyEd25519(claim, key));
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
