import { createHash } from 'node:crypto';
import { extensionsIn } from '../envelope/encode-envelope.js';
import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { parseJson } from '../text/text.js';
import type { PayloadToArchive } from './payload-archive.js';

/** What an archive name is made of: all three are attributes of the envelope. */
export interface ArchiveNameParts {
  readonly provider: string;
  /** RFC 3339 UTC. */
  readonly time: string;
  readonly id: string;
}

const plainId = /^[0-9A-Za-z-]{1,64}$/;

/** The part of an archive name that stands for one event: its id where that is plain, else the id's SHA-256 in hex. */
export const safeFileName = (id: string): string =>
  plainId.test(id) ? id : createHash('sha256').update(id, 'utf8').digest('hex');

const besideForm = /-[0-9a-f]{64}$/;

/**
 * The `safeFileName` of the event that a blob of the archive or the outbox is named after, in whichever account it lies, and also where it
 * lies beside another one: no safe name is long enough to end in a digest of its own.
 */
export const eventFileOf = (blobName: string): string =>
  blobName
    .slice(blobName.lastIndexOf('/') + 1)
    .replace(/\.json(?:@.*)?$/, '')
    .replace(besideForm, '');

const utcForm = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

const utcDay = (time: string): string => (utcForm.test(time) ? time : new Date(time).toISOString()).slice(0, 10);

const pathOf = ({ provider, time }: ArchiveNameParts): string => `${provider}/${utcDay(time).replaceAll('-', '/')}`;

/**
 * Where a payload is archived: `{provider}/{yyyy}/{MM}/{dd}/{name}.json`. Only a plain id becomes part of the name,
 * because the storage client follows `..` in a blob name into another container.
 */
export const archiveName = (parts: ArchiveNameParts): string => `${pathOf(parts)}/${safeFileName(parts.id)}.json`;

/** Where a payload goes when other bytes hold its place: beside them, under a name that carries its own hash. */
export const conflictName = (parts: ArchiveNameParts, sha256: string): string =>
  `${pathOf(parts)}/${safeFileName(parts.id)}-${sha256}.json`;

const encodeCharacter = (character: string): string =>
  /\p{Cs}/u.test(character)
    ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
    : encodeURIComponent(character).replace(/^[^%]$/, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`);

const decodeEscapes = (escapes: string): string =>
  escapes.startsWith('%u')
    ? String.fromCharCode(Number.parseInt(escapes.slice(2), 16))
    : Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8');

const plain = /^[!-$&-~]*$/;

/**
 * Text as a metadata value, which travels in an HTTP header: visible ASCII as it is, everything else (spaces, controls
 * and `%` too) percent-encoded as UTF-8; half a surrogate pair, which UTF-8 cannot express, as `%uD83D`.
 */
export const encodeMetadataValue = (text: string): string =>
  plain.test(text) ? text : text.replace(/[^!-$&-~]/gu, encodeCharacter);

/** The reverse of `encodeMetadataValue`. Never throws: text that is not an escape stays as it is. */
export const decodeMetadataValue = (value: string): string =>
  value.replace(/%u[0-9A-F]{4}|(?:%[0-9A-F]{2})+/g, decodeEscapes);

/** An encoded value cut to at most `length` characters, never inside one character's escapes. */
export const shortenMetadataValue = (value: string, length: number): string => {
  if (value.length <= length) return value;
  const whole = value.slice(0, length).replace(/%(u[0-9A-F]{0,3}|[0-9A-F]?)$/, '');
  const lastCharacter = /%[C-F][0-9A-F](?:%[89AB][0-9A-F])*$/.exec(whole)?.[0];
  if (lastCharacter === undefined || !decodeMetadataValue(lastCharacter).includes('\uFFFD')) return whole;
  return whole.slice(0, -lastCharacter.length);
};

/** Azure counts names and values together: 8 KB for one blob. */
const maxMetadataBytes = 8 * 1024;

const shortenedName = 'shortened';

/** Half of it for what senders add: the rest is for what an envelope cannot be without. */
const maxExtensionBytes = 4 * 1024;
const extensionsName = 'extensions';

/** Metadata name of each envelope attribute: lower case, a C# identifier, as Blob Storage asks. One alone has another name there. */
const attributeNames = {
  id: 'id',
  source: 'source',
  type: 'type',
  subject: 'subject',
  time: 'time',
  datacontenttype: 'datacontenttype',
  partitionkey: 'sessionkey',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  provider: 'provider',
  event: 'event',
  action: 'action',
  deliveryid: 'deliveryid',
  correlationid: 'correlationid',
} as const satisfies Readonly<Record<Exclude<keyof EnvelopeAttributes, 'specversion' | 'extensions'>, string>>;

const namedAttributes = Object.entries(attributeNames);

const sizeOf = (metadata: Readonly<Record<string, string>>): number => {
  let size = 0;
  for (const name of Object.keys(metadata)) size += name.length + (metadata[name]?.length ?? 0);
  return size;
};

/**
 * Cuts the longest values until all fit, and names them in `shortened`. Nothing that a real sender says comes near. Extensions
 * are there as a whole or not at all: half a JSON text says nothing.
 */
const withinLimit = (metadata: Record<string, string>): Record<string, string> => {
  const { [extensionsName]: extensions = '', ...others } = metadata;
  const tooMany = extensions.length > maxExtensionBytes;
  const whole = tooMany ? { ...others, [shortenedName]: extensionsName } : metadata;
  if (sizeOf(whole) <= maxMetadataBytes) return whole;
  const longestFirst = Object.entries(others).toSorted(([, one], [, other]) => other.length - one.length);
  const cut: string[] = tooMany ? [extensionsName] : [];
  const fitted: Record<string, string> = { ...whole };
  for (const [name, value] of longestFirst) {
    const note = cut.length === 0 ? {} : { [shortenedName]: cut.join(',') };
    const excess = sizeOf({ ...fitted, ...note }) - maxMetadataBytes;
    if (excess <= 0) return { ...fitted, ...note };
    cut.push(name);
    const noteBytes = shortenedName.length + cut.join(',').length;
    fitted[name] = shortenMetadataValue(value, Math.max(64, value.length - excess - noteBytes));
  }
  return { ...fitted, [shortenedName]: cut.join(',') };
};

/** What is archived beside the attributes. */
const ownMetadata = (payload: PayloadToArchive): Readonly<Record<string, string | undefined>> => ({
  repository: payload.repository,
  signaturestatus: payload.signatureStatus,
  secretversion: payload.secretVersion,
  sha256: payload.sha256,
  travels: payload.verbatimJson ? 'json' : 'binary',
  repositorykey: payload.sessionKeys.repository,
  sourcekey: payload.sessionKeys.source,
  process: payload.process,
  [extensionsName]: payload.attributes.extensions && JSON.stringify(payload.attributes.extensions),
});

/** A payload's metadata as Blob Storage takes it: ASCII, percent-encoded, 8 KB at most. Absent attributes have no entry. */
export const encodeMetadata = (payload: PayloadToArchive): Record<string, string> => {
  const encoded: Record<string, string> = {};
  let size = 0;
  const add = (name: string, value: unknown): void => {
    if (typeof value !== 'string') return;
    const text = encodeMetadataValue(value);
    encoded[name] = text;
    size += name.length + text.length;
  };
  const attributes: Readonly<Record<string, unknown>> = payload.attributes;
  for (const [attribute, name] of namedAttributes) add(name, attributes[attribute]);
  const own = ownMetadata(payload);
  for (const name in own) add(name, own[name]);
  // The smaller of the two limits: nearly all metadata is far below it, and need not be looked at again.
  return size <= maxExtensionBytes ? encoded : withinLimit(encoded);
};

/** The reverse: names in lower case, values as they were. Unknown names are kept. */
export const decodeMetadata = (metadata: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), decodeMetadataValue(value)] as const),
  );

/**
 * The attributes of the event that was archived, from decoded metadata, so that it can be sent again in the very same
 * envelope. `undefined` when an attribute that every envelope has is missing: not a blob of ours.
 */
export const envelopeAttributesFrom = (metadata: Readonly<Record<string, string>>): EnvelopeAttributes | undefined => {
  const read = (attribute: keyof typeof attributeNames): string | undefined => metadata[attributeNames[attribute]];
  const required = {
    id: read('id'),
    source: read('source'),
    type: read('type'),
    time: read('time'),
    datacontenttype: read('datacontenttype'),
    partitionkey: read('partitionkey'),
    traceparent: read('traceparent'),
    provider: read('provider'),
    event: read('event'),
    correlationid: read('correlationid'),
  };
  if (!isComplete(required)) return undefined;
  const tracestate = isCut(metadata, 'tracestate') ? undefined : read('tracestate');
  const subject = read('subject');
  const action = read('action');
  const deliveryid = read('deliveryid');
  const extensions = extensionsIn(renamed(Object(parseJson(metadata[extensionsName] ?? ''))));
  return {
    specversion: '1.0',
    ...required,
    ...(tracestate !== undefined && { tracestate }),
    ...(subject !== undefined && { subject }),
    ...(action !== undefined && { action }),
    ...(deliveryid !== undefined && { deliveryid }),
    ...(extensions !== undefined && { extensions }),
  };
};

/** Half of it says what nobody said. */
const isCut = (metadata: Readonly<Record<string, string>>, name: string): boolean =>
  metadata[shortenedName]?.split(',').includes(name) === true;

/** Older archives hold a sender's own `tracestate` under that name, which is ours now. */
const renamed = ({ tracestate, ...others }: Readonly<Record<string, unknown>>): object =>
  tracestate === undefined ? others : { sendertracestate: tracestate, ...others };

const isComplete = <K extends string>(values: Record<K, string | undefined>): values is Record<K, string> =>
  Object.values(values).every((value) => value !== undefined);
