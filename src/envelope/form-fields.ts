import { isUtf8 } from 'node:buffer';
import { formPairs, unescapeBytes } from './form-field.js';

/** How senders name their fields; what begins with such a name and `=` is no JSON text. */
const nameForm = /^[A-Za-z][A-Za-z0-9_.-]*$/;

/** The fields of a form, or why it has no one reading. */
export type FormReading =
  | { readonly kind: 'fields'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: 'not-utf8' }
  | { readonly kind: 'ambiguous' };

/**
 * Every field of an `application/x-www-form-urlencoded` body as text. A field that is repeated, or whose name is no word and `=`,
 * makes the whole ambiguous: readers would disagree on what it says, or on whether it is a form at all.
 */
export const formFields = (body: Buffer): FormReading => {
  const fields = new Map<string, string>();
  for (const { name, escaped } of formPairs(body)) {
    if (escaped === undefined || !nameForm.test(name) || fields.has(name)) return { kind: 'ambiguous' };
    const value = unescapeBytes(escaped);
    if (!isUtf8(value)) return { kind: 'not-utf8' };
    fields.set(name, value.toString('utf8'));
  }
  return { kind: 'fields', fields: Object.fromEntries(fields) };
};
