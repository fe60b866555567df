import type { Ed25519Scheme, HmacScheme, SignedRequest } from './signing-scheme.js';
import { decodeStrictly } from './strict-text.js';

/** A sender that rolls its key sends two or three. */
const maxSignatures = 16;

/** How a header that was sent twice arrives. No sender writes it inside a list. */
const repeated = ', ';

const separators = { comma: ',', space: ' ' } as const;

const itemsOf = (text: string, list: HmacScheme['list']): readonly string[] =>
  list === undefined ? [text] : text.split(separators[list]);

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
  const items = itemsOf(text, list);
  if (text.includes(repeated) || items.length > maxSignatures) return [];
  const claimed: Buffer[] = [];
  for (const item of items) {
    const bytes = item.startsWith(prefix) ? decodeStrictly(item.slice(prefix.length), encoding) : undefined;
    if (bytes?.length === length) claimed.push(bytes);
  }
  return claimed;
};
