import { isUtf8 } from 'node:buffer';
import { formPairs, unescapeBytes } from './form-field.js';

/**
 * Every field of an `application/x-www-form-urlencoded` body as text; those that are repeated are left out. `undefined` when
 * a value is not UTF-8.
 */
export const formFields = (body: Buffer): Readonly<Record<string, string>> | undefined => {
  const fields = new Map<string, string>();
  const repeated = new Set<string>();
  for (const { name, escaped } of formPairs(body)) {
    const value = unescapeBytes(escaped);
    if (!isUtf8(value)) return undefined;
    if (fields.has(name)) repeated.add(name);
    fields.set(name, value.toString('utf8'));
  }
  return Object.fromEntries([...fields].filter(([name]) => name !== '' && !repeated.has(name)));
};
