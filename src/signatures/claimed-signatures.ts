import type { Ed25519Scheme, HmacScheme, SignedRequest } from './signing-scheme.js';
import { decodeStrictly } from './strict-text.js';

/** A sender that rolls its key sends two or three. */
const maxSignatures = 16;

const separators = { comma: ',', 'comma-space': /, ?/, space: ' ' } as const;

type ListRule = Pick<HmacScheme | Ed25519Scheme, 'list' | 'prefix'>;

/** The items of a header that holds a list, as its sender documents it. */
export const listItems = (text: string, list: NonNullable<ListRule['list']>): readonly string[] =>
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
