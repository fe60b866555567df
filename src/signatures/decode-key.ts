import type { Ed25519Scheme, HmacScheme } from './signing-scheme.js';
import { decodeStrictly } from './strict-text.js';

/** A shorter key can be guessed. Keys that are texts are measured where secrets are read. */
const minimumKeyBytes = 16;
const ed25519KeyBytes = 32;

const afterPrefix = (secret: string, prefix: string): string =>
  secret.startsWith(prefix) ? secret.slice(prefix.length) : '';

/** Senders' own libraries take base64 whose padding was left off, or whose last character has bits to spare. */
const decodeKeyText = (text: string): Buffer | undefined => {
  const unpadded = text.replace(/={1,2}$/, '');
  return /^[A-Za-z0-9+/]+$/.test(unpadded) && unpadded.length % 4 !== 1 ? Buffer.from(unpadded, 'base64') : undefined;
};

const fitting = (key: Buffer | undefined): Buffer | undefined =>
  key !== undefined && key.length >= minimumKeyBytes ? key : undefined;

/** A text stands for its own UTF-8 bytes. */
export type HmacKey = string | Buffer;

/** The key that a secret's text stands for, `undefined` when the text has not that form. No key is ever empty. */
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

/** The 32 bytes of a public key, `undefined` when the secret's text has not that form. */
export const decodePublicKey = (secret: string, form: Ed25519Scheme['key']): Buffer | undefined => {
  const text = form === 'whpk' ? afterPrefix(secret, 'whpk_') : secret;
  const key = decodeStrictly(text, form === 'hex' ? 'hex' : 'base64');
  return key?.length === ed25519KeyBytes ? key : undefined;
};
