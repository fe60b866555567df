import { isUtf8 } from 'node:buffer';
import { formFields, hasTooManyFields, soleField } from './form-fields.js';
import { nestsDeeperThan } from './json-scan.js';

/** The objects and arrays that a value consists of: how many, and how deep the deepest lies. */
interface Containers {
  count: number;
  deepest: number;
}

type Container = Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Stops one level below `limit`, however deep the value is. */
const visit = (container: Container, depth: number, limit: number, found: Containers): void => {
  found.count += 1;
  if (depth > found.deepest) found.deepest = depth;
  if (depth > limit) return;
  if (Array.isArray(container)) {
    for (const item of container) if (isContainer(item)) visit(item, depth + 1, limit, found);
    return;
  }
  // Parsed objects inherit nothing that could be listed; their values as a list would have to be made first.
  for (const name in container) {
    const member = container[name];
    if (isContainer(member)) visit(member, depth + 1, limit, found);
  }
};

/** What stands before an object or array that does not begin the text: white space, `,`, `:` or `[`. */
const precedesContainer = (code: number): boolean =>
  code === 0x3a || code === 0x2c || code === 0x5b || code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const openings = (text: string, bracket: '{' | '[', most: number): number => {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1 && count < most; at = text.indexOf(bracket, at + 1)) {
    if (at === 0 || precedesContainer(text.charCodeAt(at - 1))) count += 1;
  }
  return count;
};

/**
 * So many objects and arrays JSON text has at most, counted up to `most`. Inside its strings only such brackets count as could
 * open one: none of `https://api.github.com/keys{/key_id}`, of which GitHub sends dozens.
 */
export const mostContainers = (text: string, most: number): number => {
  const objects = openings(text, '{', most);
  return objects + openings(text, '[', most - objects);
};

export interface ParsedJson {
  readonly bytes: Buffer;
  readonly value: unknown;
  /** What `mostContainers` says of the text. */
  readonly mostContainers: number;
}

/**
 * Whether JSON that has been parsed nests deeper than `limit`: never with so few containers in all. Else the value tells what
 * is left of the text; what a repeated name hid is in the text alone, and lies no deeper than the value and all containers
 * that it does not account for. Only when that is too deep, the text itself is gone through, which takes ten times as long.
 */
export const parsedNestsDeeperThan = ({ bytes, value, mostContainers }: ParsedJson, limit: number): boolean => {
  if (mostContainers <= limit || !isContainer(value)) return false;
  const found = { count: 0, deepest: 0 };
  visit(value, 1, limit, found);
  if (found.deepest > limit) return true;
  const hidden = mostContainers - found.count;
  return found.deepest + hidden > limit && nestsDeeperThan(bytes, limit);
};

interface PayloadToDecode {
  /** The raw bytes, as received and authenticated. */
  readonly body: Buffer;
  /** With or without parameters. A charset has no meaning for JSON (RFC 8259, section 11): the bytes must be UTF-8. */
  readonly contentType: string;
  /** The field that holds the JSON of a form; absent when the sender sends none. */
  readonly formField?: string | undefined;
  /** Forms without that field are read too: their fields are what they say. */
  readonly plainForms?: true | undefined;
}

export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: 'empty' | 'not-utf8' | 'not-json' | 'too-deep' | 'too-many-fields' | 'ambiguous-form';
}

/**
 * What a body says. `verbatimJson`: the body as it is is JSON text, and can stand inside an envelope. `opaque`: bytes that say
 * nothing by themselves.
 */
export type DecodedPayload =
  | { readonly kind: 'json'; readonly value: unknown; readonly verbatimJson: boolean }
  | { readonly kind: 'form'; readonly value: unknown }
  | { readonly kind: 'opaque'; readonly value: undefined }
  | Malformed;

/** Deepest nesting of objects and arrays that is read; the real ones stay below 20. */
export const maxNesting = 128;

const malformed = (reason: Malformed['reason']): Malformed => ({ kind: 'malformed', reason });

const hasByteOrderMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

/**
 * A text of more objects and arrays could take gigabytes before its nesting is known; so many take no more than 1 MiB of
 * brackets does.
 */
const maxContainersParsedFirst = 524_288;

const tryParse = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
};

/** Nesting is measured on the value unless its parts are very many; of what is no JSON, up to its first error. */
const parseJson = (bytes: Buffer): { readonly kind: 'parsed'; readonly value: unknown } | Malformed => {
  if (bytes.length === 0) return malformed('empty');
  if (!isUtf8(bytes)) return malformed('not-utf8');
  const text = bytes.toString('utf8');
  const most = mostContainers(text, maxContainersParsedFirst + 1);
  const parsesFirst = most <= maxContainersParsedFirst;
  if (!parsesFirst && nestsDeeperThan(bytes, maxNesting)) return malformed('too-deep');
  const parsed = tryParse(text);
  if (parsed === undefined) {
    return malformed(most > maxNesting && parsesFirst && nestsDeeperThan(bytes, maxNesting) ? 'too-deep' : 'not-json');
  }
  const { value } = parsed;
  const isTooDeep = parsesFirst && parsedNestsDeeperThan({ bytes, value, mostContainers: most }, maxNesting);
  return isTooDeep ? malformed('too-deep') : { kind: 'parsed', value };
};

/** Whether a content type is that of a form, with or without parameters. */
export const isForm = (contentType: string): boolean =>
  contentType.split(';', 1)[0]?.trim().toLowerCase() === 'application/x-www-form-urlencoded';

/** A form of the field that holds JSON is read by that alone. */
const decodePlainForm = (body: Buffer, jsonField: string): DecodedPayload => {
  const reading = formFields(body);
  if (reading.kind === 'not-utf8') return malformed('not-utf8');
  const isPlain = reading.kind === 'fields' && !Object.hasOwn(reading.fields, jsonField);
  return isPlain ? { kind: 'form', value: reading.fields } : malformed('ambiguous-form');
};

const jsonType = /^\s*[^;\s]+[/+]json\s*(?:;|$)/i;

/** The media type of bytes whose sender did not say what they are. */
export const opaqueType = 'application/octet-stream';

/**
 * Reads an authenticated body whose facts stand elsewhere, so that it may be of any media type (`null`: none was said) or
 * empty. What is said to be JSON must be.
 */
export const decodeAnyPayload = (body: Buffer, contentType: string | null): DecodedPayload => {
  const opaque = { kind: 'opaque', value: undefined } as const;
  if (body.length === 0 || (contentType !== null && !jsonType.test(contentType))) return opaque;
  const decoded = decodePayload({ body, contentType: 'application/json' });
  return contentType === null && decoded.kind === 'malformed' ? opaque : decoded;
};

/**
 * Reads an authenticated body: JSON, or a form whose one field holds JSON. A body has one reading: nothing that is read as a form
 * is JSON text as well, whatever its content type says. Strict UTF-8; a byte order mark is skipped for parsing only. Never throws.
 */
export const decodePayload = ({ body, contentType, formField, plainForms }: PayloadToDecode): DecodedPayload => {
  if (formField !== undefined && isForm(contentType)) {
    if (hasTooManyFields(body)) return malformed('too-many-fields');
    if (body.length === 0) return malformed('empty');
    const field = soleField(body, formField);
    if (field === undefined) return plainForms ? decodePlainForm(body, formField) : malformed('ambiguous-form');
    const parsed = parseJson(field);
    return parsed.kind === 'malformed' ? parsed : { kind: 'form', value: parsed.value };
  }
  const marked = hasByteOrderMark(body);
  const parsed = parseJson(marked ? body.subarray(3) : body);
  return parsed.kind === 'malformed' ? parsed : { kind: 'json', value: parsed.value, verbatimJson: !marked };
};
