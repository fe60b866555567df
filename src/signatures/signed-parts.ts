import { listItems } from './claimed-signatures.js';
import type { Ed25519Scheme, HmacScheme, SignedRequest, TimestampRule } from './signing-scheme.js';
import { isFresh, readTimestamp } from './timestamp.js';

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
