import type { Ed25519Scheme, HmacScheme, SignedRequest, TimestampRule } from './signing-scheme.js';
import { isFresh, readTimestamp } from './timestamp.js';

const hex = /^(?:[0-9a-f]{2})+$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes that lower-case hex or canonical base64 stands for; `undefined` for any other text, and for none. `Buffer.from`
 * alone skips what it does not know, so that many texts would mean the same bytes.
 */
export const decodeStrictly = (text: string, encoding: 'hex' | 'base64'): Buffer | undefined => {
  if (text === '' || !(encoding === 'hex' ? hex : base64).test(text)) return undefined;
  const bytes = Buffer.from(text, encoding);
  // The last character of base64 may have bits to spare; every text in hex is its own only spelling.
  return encoding === 'hex' || bytes.toString(encoding) === text ? bytes : undefined;
};

/** A sender that rolls its key sends two or three. */
const maxSignatures = 16;

const separators = { comma: ',', 'comma-space': /, ?/, space: ' ' } as const;

type ListRule = Pick<HmacScheme | Ed25519Scheme, 'list' | 'prefix'>;

/** The items of a header that holds a list, as its sender documents it. */
const listItems = (text: string, list: NonNullable<ListRule['list']>): readonly string[] =>
  text.split(separators[list]);

const commasIn = (text: string): number => text.split(',').length - 1;

/**
 * Whether the header came twice: joined by a comma and a space (Node.js), or by a comma alone (Azure's host). That puts a comma
 * where none belongs, or makes a list by commas hold everything twice, which no sender writes. A lone signature has no comma.
 */
const isRepeated = (items: readonly string[], { list, prefix = '' }: ListRule): boolean => {
  switch (list) {
    case undefined:
      return false;
    case 'space':
      return items.some((item) => commasIn(item) > commasIn(prefix));
    case 'comma':
      return new Set(items).size < items.length || items.some((item) => item.startsWith(' '));
    case 'comma-space':
      return new Set(items).size < items.length;
  }
};

/**
 * The signatures that a request claims to have, decoded: those items that begin with the scheme's prefix and are exactly
 * `length` bytes in its encoding. None when the header is missing or repeated, and none when
 * it lists more than any sender would.
 */
export const claimedSignatures = (
  { header, prefix = '', list, encoding }: Pick<HmacScheme | Ed25519Scheme, 'header' | 'prefix' | 'list' | 'encoding'>,
  { headers }: SignedRequest,
  length: number,
): readonly Buffer[] => {
  const text = headers.get(header) ?? '';
  const items = list === undefined ? [text] : listItems(text, list);
  if (isRepeated(items, { list, prefix }) || items.length > maxSignatures) return [];
  const claimed: Buffer[] = [];
  for (const item of items) {
    const bytes = item.startsWith(prefix) ? decodeStrictly(item.slice(prefix.length), encoding) : undefined;
    if (bytes?.length === length) claimed.push(bytes);
  }
  return claimed;
};

/** Printable ASCII without spaces and commas: a repeated header, which arrives joined by a comma, is no id. */
const idForm = /^[\x21-\x2b\x2d-\x7e]{1,256}$/;

/** A separator inside the id would let one signed text be read in two ways. */
const isUsableId = (id: string, template: string): boolean =>
  idForm.test(id) && !(template.includes('{id}.') && id.includes('.'));

const timestampText = (
  { headers }: SignedRequest,
  { header, item }: TimestampRule,
  list: Signed['list'],
): string | undefined => {
  const text = headers.get(header) ?? undefined;
  if (item === undefined) return text;
  const items = listItems(text ?? '', list ?? 'comma').filter((each) => each.startsWith(item));
  return items.length === 1 ? items[0]?.slice(item.length) : undefined;
};

const isTimely = (text: string | undefined, rule: TimestampRule, nowMs: number): text is string => {
  const { format, toleranceSeconds } = rule;
  const timestampMs = text === undefined ? undefined : readTimestamp(text, format);
  if (timestampMs === undefined) return false;
  return toleranceSeconds === undefined || isFresh(timestampMs, nowMs, { format, toleranceSeconds });
};

type Signed = Pick<HmacScheme | Ed25519Scheme, 'signedBytes' | 'idHeader' | 'timestamp' | 'list'>;

const placeholder = /(\{(?:body|timestamp|id)\})/;

/**
 * The bytes that were signed, part by part, so that a large body is never copied; `undefined` when a header that belongs to
 * them is missing or malformed, or when the timestamp is outside its window.
 */
export const signedParts = (scheme: Signed, request: SignedRequest, nowMs: number): readonly Buffer[] | undefined => {
  const { signedBytes = '{body}', idHeader, timestamp: rule, list } = scheme;
  const id = idHeader === undefined ? undefined : (request.headers.get(idHeader) ?? '');
  if (id !== undefined && !isUsableId(id, signedBytes)) return undefined;
  const timestamp = rule === undefined ? undefined : timestampText(request, rule, list);
  if (rule !== undefined && !isTimely(timestamp, rule, nowMs)) return undefined;
  if (signedBytes === '{body}') return [request.body];
  return signedBytes.split(placeholder).map((part) => {
    if (part === '{body}') return request.body;
    if (part === '{timestamp}') return Buffer.from(timestamp ?? '', 'latin1');
    return Buffer.from(part === '{id}' ? (id ?? '') : part, 'latin1');
  });
};
