import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Ed25519Scheme, HmacScheme, SigningScheme } from '../../../src/signatures/signing-scheme.js';

/** What a sender holds and what the vault holds for it, made anew of one byte. */
export interface Credentials {
  readonly secret: string;
  readonly key: Buffer;
  readonly privateKey: KeyObject;
}

const privateKeyOf = (seed: Buffer): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });

const secretOf = (scheme: SigningScheme, seed: Buffer, publicKey: Buffer): string => {
  if (scheme.kind === 'token') return `Token-${seed.toString('hex')}`;
  if (scheme.kind === 'basic') return `user:${seed.toString('hex')}`;
  switch (scheme.key) {
    case 'text':
      return `A text ${seed.toString('hex')}`;
    case 'base64':
      return (scheme.kind === 'hmac' ? seed : publicKey).toString('base64');
    case 'whsec':
      return `whsec_${seed.toString('base64')}`;
    case 'hex':
      return publicKey.toString('hex');
    case 'whpk':
      return `whpk_${publicKey.toString('base64')}`;
  }
};

export const credentialsFor = (scheme: SigningScheme, byte = 7): Credentials => {
  const seed = Buffer.alloc(32, byte);
  const privateKey = privateKeyOf(seed);
  const publicKey = Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  const secret = secretOf(scheme, seed, publicKey);
  const isText = scheme.kind === 'hmac' && scheme.key === 'text';
  return { secret, key: isText ? Buffer.from(secret) : seed, privateKey };
};

export interface Signing {
  readonly body: Buffer;
  readonly id: string;
  readonly timestamp: string;
  /** What makes the signature of the signed bytes; absent: what the scheme says. */
  readonly digest?: (bytes: Buffer) => Buffer;
}

/** A signed request, with its proof taken apart: `headers` puts another in its place. */
export interface SignedByScheme {
  readonly header: string;
  /** What stands in the proof's header beside the proof itself. */
  readonly value: (proof: string) => string;
  /** The bytes of the proof, and how they are written. */
  readonly proof: Buffer;
  readonly write: (bytes: Buffer) => string;
  readonly headers: (value: string | null) => Readonly<Record<string, string | null>>;
}

const signedBytes = ({ signedBytes: template = '{body}' }: HmacScheme | Ed25519Scheme, signing: Signing): Buffer => {
  const head = template.replace('{body}', '').replace('{id}', signing.id).replace('{timestamp}', signing.timestamp);
  return Buffer.concat([Buffer.from(head, 'latin1'), signing.body]);
};

const signDigest =
  (scheme: HmacScheme | Ed25519Scheme, { key, privateKey }: Credentials) =>
  (bytes: Buffer) =>
    scheme.kind === 'hmac' ? createHmac(scheme.algorithm, key).update(bytes).digest() : sign(null, bytes, privateKey);

const bySignature = (
  scheme: HmacScheme | Ed25519Scheme,
  credentials: Credentials,
  signing: Signing,
): SignedByScheme => {
  const { header, prefix = '', encoding, idHeader, timestamp } = scheme;
  const digest = signing.digest ?? signDigest(scheme, credentials);
  return {
    header,
    value: (proof) => `${timestamp?.item ? `${timestamp.item}${signing.timestamp},` : ''}${prefix}${proof}`,
    proof: digest(signedBytes(scheme, signing)),
    write: (bytes) => bytes.toString(encoding),
    headers: (value) => ({
      ...(idHeader && { [idHeader]: signing.id }),
      ...(timestamp && !timestamp.item && { [timestamp.header]: signing.timestamp }),
      [header]: value,
    }),
  };
};

/** Signs by a scheme as its text says, by other code than the sender's and the verifier's. */
export const signByScheme = (scheme: SigningScheme, credentials: Credentials, signing: Signing): SignedByScheme => {
  if (scheme.kind === 'hmac' || scheme.kind === 'ed25519') return bySignature(scheme, credentials, signing);
  const isBasic = scheme.kind === 'basic';
  const header = isBasic ? 'Authorization' : scheme.header;
  return {
    header,
    value: (proof) => `${isBasic ? 'Basic ' : (scheme.prefix ?? '')}${proof}`,
    proof: Buffer.from(credentials.secret),
    write: (bytes) => bytes.toString(isBasic ? 'base64' : 'latin1'),
    headers: (value) => ({ [header]: value }),
  };
};
