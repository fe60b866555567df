import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { decodeHmacKey } from '../../../src/signatures/verify-signature.js';

const bytes = Buffer.from('a key of twenty-five byte', 'utf8');
const padded = bytes.toString('base64');

/** The key that the reference library of Standard Webhooks makes of a text; `undefined` when it throws. */
const keyOfLibrary = (secret: string): Buffer | undefined => {
  try {
    const key: unknown = Reflect.get(new Webhook(secret), 'key');
    return key instanceof Uint8Array ? Buffer.from(key) : undefined;
  } catch {
    return undefined;
  }
};

describe('the key of a Standard Webhooks secret', () => {
  it.each([
    ['as it is handed out', `whsec_${padded}`],
    ['without its padding', `whsec_${padded.replaceAll('=', '')}`],
    ['with half its padding', `whsec_${padded.replace('==', '=')}`],
    ['whose last character has bits to spare', `whsec_${padded.replace(/.==$/, 'x==')}`],
    ['as Supabase shows it', `v1,whsec_${padded}`],
    ['in base64url', `whsec_${Buffer.alloc(25, 255).toString('base64url')}`],
    ['with a line feed at its end', `whsec_${padded}\n`],
    ['with its prefix twice', `whsec_whsec_${padded}`],
    ['with too much padding', `whsec_${padded}=`],
    ['that is empty', 'whsec_'],
  ])('%s is what the sender’s own library takes it for', (_what, secret) => {
    const ofLibrary = keyOfLibrary(secret);

    expect(decodeHmacKey(secret, 'whsec')).toEqual(ofLibrary);
  });
});
