import { skipSpace, skipString, skipValue } from './json-scan.js';

/** An envelope's payload: its bytes as received, or that they lie where `dataref` says. */
export type ExtractedData =
  | { readonly kind: 'json'; readonly bytes: Buffer }
  | { readonly kind: 'binary'; readonly bytes: Buffer }
  | { readonly kind: 'claim-check' };

const canonicalBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const expectByte = (json: Buffer, at: number, character: string): number => {
  if (json[at] !== character.charCodeAt(0))
    throw new SyntaxError(`Expected ${character} at byte ${at} of the envelope`);
  return at + 1;
};

/**
 * The object's own members, values as ranges of its bytes, white space around them included; of a repeated name the last, as
 * `JSON.parse` has it.
 */
const membersOf = (json: Buffer): ReadonlyMap<unknown, Buffer> => {
  const members = new Map<unknown, Buffer>();
  let at = skipSpace(json, expectByte(json, skipSpace(json, 0), '{'));
  while (json[at] !== 0x7d) {
    expectByte(json, at, '"');
    const nameEnd = skipString(json, at);
    const name: unknown = JSON.parse(json.toString('utf8', at, nameEnd));
    const start = expectByte(json, skipSpace(json, nameEnd), ':');
    at = skipSpace(json, skipValue(json, skipSpace(json, start)));
    members.set(name, json.subarray(start, at));
    if (json[at] !== 0x7d) at = skipSpace(json, expectByte(json, at, ','));
  }
  return members;
};

const decodeBase64 = (value: Buffer): Buffer => {
  const text: unknown = JSON.parse(value.toString('utf8'));
  if (typeof text !== 'string' || !canonicalBase64.test(text)) throw new SyntaxError('data_base64 is not base64 text');
  return Buffer.from(text, 'base64');
};

/**
 * The payload of an encoded envelope, byte for byte: `data` wherever it stands (a view into `envelope`, not a copy), or
 * `data_base64` decoded. White space around `data` belongs to it, for a sender may have begun or ended with some. Throws `SyntaxError` for bytes that are no JSON object; values are not validated.
 */
export const extractData = (envelope: Buffer): ExtractedData => {
  const members = membersOf(envelope);
  const data = members.get('data');
  if (data !== undefined) return { kind: 'json', bytes: data };
  const base64 = members.get('data_base64');
  return base64 === undefined ? { kind: 'claim-check' } : { kind: 'binary', bytes: decodeBase64(base64) };
};
