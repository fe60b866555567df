import { isUtf8 } from 'node:buffer';

const ampersand = '&';
const percent = 0x25;
const plus = 0x2b;
const space = 0x20;

const notHex = -1;

const hexDigit = (byte = 0): number => {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : notHex;
};

/** The byte that `%XX` at `at` stands for. */
const escapedByte = (escaped: Buffer, at: number): number | undefined => {
  const high = hexDigit(escaped[at + 1]);
  const low = hexDigit(escaped[at + 2]);
  return high === notHex || low === notHex ? undefined : high * 16 + low;
};

/** `+` and `%XX` to bytes (WHATWG URL, section 5.1); a `%` without two hex digits stands for itself. */
const unescapeBytes = (escaped: Buffer): Buffer => {
  const bytes = Buffer.allocUnsafe(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    const byte = escaped[at] ?? 0;
    const value = byte === percent ? escapedByte(escaped, at) : undefined;
    if (value !== undefined) at += 2;
    bytes[length++] = value ?? (byte === plus ? space : byte);
  }
  return bytes.subarray(0, length);
};

/** Most fields of a form that is read; the senders' have a dozen or two, and each field takes time, however short it is. */
const maxFields = 1_000;

/** Whether a form has more fields than any sender's: found without reading further than that. */
export const hasTooManyFields = (body: Buffer): boolean => {
  let fields = 1;
  for (let at = body.indexOf(ampersand); at !== -1; at = body.indexOf(ampersand, at + 1)) {
    fields += 1;
    if (fields > maxFields) return true;
  }
  return false;
};

/** The fields of a form in their order: names as they are spelled, values still escaped; no value where there is no `=`. */
export function* formPairs(body: Buffer): Generator<{ readonly name: string; readonly escaped: Buffer | undefined }> {
  for (let start = 0; start <= body.length; ) {
    const separator = body.indexOf(ampersand, start);
    const end = separator === -1 ? body.length : separator;
    const pair = body.subarray(start, end);
    const equals = pair.indexOf('=');
    const name = pair.toString('latin1', 0, equals === -1 ? pair.length : equals);
    yield { name, escaped: equals === -1 ? undefined : pair.subarray(equals + 1) };
    start = end + 1;
  }
}

/**
 * The bytes of the one field of an `application/x-www-form-urlencoded` body, unescaped but not decoded to text. `undefined` when
 * the body is anything else than `{name}=…`, spelled so: what begins with a word and `=` is no JSON text, so that bytes that were
 * signed as the one are never read as the other.
 */
export const soleField = (body: Buffer, name: string): Buffer | undefined => {
  const start = `${name}=`;
  const isSole = body.toString('latin1', 0, start.length) === start && !body.includes(ampersand);
  return isSole ? unescapeBytes(body.subarray(start.length)) : undefined;
};

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
