import type { SignedRequest, SigningScheme } from '../../../src/signatures/signing-scheme.js';
import { verifySignature } from '../../../src/signatures/verify-signature.js';

/** A request with these headers; those that are `null` are missing. */
export const signedRequest = (headers: Readonly<Record<string, string | null>>, body: Buffer): SignedRequest => {
  const present = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { headers: { get: (name) => present.get(name.toLowerCase()) ?? null }, body };
};

export interface HmacHexClaim {
  readonly algorithm: 'sha256' | 'sha512';
  readonly prefix: string;
  readonly header: string | null;
  readonly body: Buffer;
  readonly secret: string;
}

/** Whether the plainest scheme of all, one HMAC in hex over the body, finds a claim genuine. */
export const verifyHmacHex = ({ algorithm, prefix, header, body, secret }: HmacHexClaim): boolean => {
  const scheme: SigningScheme = {
    kind: 'hmac',
    algorithm,
    header: 'X-Signature',
    prefix,
    encoding: 'hex',
    key: 'text',
  };
  return verifySignature({
    schemes: [scheme],
    request: signedRequest({ 'X-Signature': header }, body),
    secret,
    nowMs: 0,
  });
};
