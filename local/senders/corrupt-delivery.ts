import type { Sender, SignedDelivery } from './sender.js';

/** Which part of a signed delivery is changed on its way, as an attacker might. */
export type Corruption = 'signature' | 'body';

const lastDigit = /[^=](?==*$)/;

/** Padding is left alone, so that only the signature's value changes. */
const flipLastDigit = (signature: string): string =>
  signature.replace(lastDigit, (digit) => (digit === '0' ? '1' : '0'));

/** A delivery that a receiver must refuse: a signature of the right form that is wrong, or a body one byte longer than signed. */
export const corruptDelivery = (signed: SignedDelivery, sender: Sender, corruption: Corruption): SignedDelivery => {
  if (corruption === 'body') return { ...signed, body: Buffer.concat([signed.body, Buffer.from(' ')]) };
  const wrong = Object.entries(signed.headers).map(([name, value]) =>
    sender.signatureHeaders.includes(name) ? [name, flipLastDigit(value)] : [name, value],
  );
  return { ...signed, headers: Object.fromEntries(wrong) };
};
