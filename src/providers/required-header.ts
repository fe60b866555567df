import type { Delivery, DeliveryHeaders } from './delivery.js';
import type { Description } from './provider.js';

const plainWord = /^[\x21-\x2b\x2d-\x7e]{1,128}$/;

/** The one word of a header; `undefined` when it is missing, or repeated, or no word. */
export const headerWord = (headers: DeliveryHeaders, name: string): string | undefined => {
  const text = headers.get(name) ?? '';
  return plainWord.test(text) ? text : undefined;
};

/** Describes by a header that every delivery must have; without it there is no telling what it is. */
export const describeByHeader =
  (header: string, describe: (word: string, delivery: Delivery, payload: unknown) => Description) =>
  (delivery: Delivery, payload: unknown): Description => {
    const word = headerWord(delivery.headers, header);
    return word === undefined ? { kind: 'missing-header', header } : describe(word, delivery, payload);
  };
