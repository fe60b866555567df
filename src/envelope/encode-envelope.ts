import { compareTexts } from '../text/text.js';
import type { EnvelopeAttributes, EnvelopeData, EventEnvelope } from './event-envelope.js';

/** What a sender said beside its payload, by name, as it came. */
export type SentAttributes = Readonly<Record<string, string>>;

/** Every member of an envelope; not read from its schema, whose library every start would have to read. */
const members: Readonly<Record<keyof EventEnvelope, true>> = {
  specversion: true,
  id: true,
  source: true,
  type: true,
  subject: true,
  time: true,
  datacontenttype: true,
  dataref: true,
  datasha256: true,
  datasize: true,
  partitionkey: true,
  traceparent: true,
  tracestate: true,
  provider: true,
  event: true,
  action: true,
  deliveryid: true,
  correlationid: true,
  data: true,
  data_base64: true,
};

/** Names of what is Breakwater's to say in an envelope, or to keep apart from it. */
const ownNames: ReadonlySet<string> = new Set([...Object.keys(members), 'extensions']);

const ownersMark = 'sender';

/** CloudEvents, section 3.1: lower-case letters and digits. */
const nameForm = /^[a-z0-9]+$/;
const otherCharacters = /[^a-z0-9]/g;

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  compareTexts(one, other);

/** A name that is ours, or looks as if it had been moved already, gets `sender` before it: so no two names become one. */
const extensionName = (name: string): string => {
  const plain = name.toLowerCase().replace(otherCharacters, '');
  return ownNames.has(plain) || plain.startsWith(ownersMark) ? `${ownersMark}${plain}` : plain;
};

const printable = /^[\x20-\x7e]*$/;
const forbiddenCharacter = /[\p{Cc}\p{Cs}]/gu;

const escaped = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Text as an attribute may hold it (CloudEvents, section 3.1, String): characters that may not stand there are escaped. */
export const attributeText = (text: string): string =>
  printable.test(text) ? text : text.replace(forbiddenCharacter, escaped);

/**
 * What a sender said as extensions of the envelope, in the order of their names. What an attribute of ours says already is not
 * said twice, and nothing of ours is ever overridden: a sender's `time` is `sendertime`.
 */
export const extensionsFrom = (
  sent: SentAttributes,
  attributes: Readonly<Record<string, unknown>>,
): SentAttributes | undefined => {
  const entries = Object.entries(sent)
    .filter(([name, value]) => attributes[name] !== value)
    .map(([name, value]) => [extensionName(name), attributeText(value)] as const)
    .filter(([name]) => name !== '')
    .toSorted(byName);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
};

/** Extensions that were stored, or stand in an encoded envelope: members that are texts and not ours. */
export const extensionsIn = (members: object): SentAttributes | undefined => {
  const entries = Object.entries(members).flatMap(([name, value]) =>
    typeof value === 'string' && nameForm.test(name) && !ownNames.has(name) ? [[name, value] as const] : [],
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
};

/** The attributes with those of an encoded envelope that are not ours among them. */
export const withExtensions = (attributes: EnvelopeAttributes, members: object): EnvelopeAttributes => {
  const extensions = extensionsIn(members);
  return extensions === undefined ? attributes : { ...attributes, extensions };
};

/** The members that carry the payload, as far as they are ours to spell; the payload's own bytes follow `before`. */
const framing = (data: EnvelopeData): { readonly before: string; readonly after: string } => {
  switch (data.kind) {
    case 'json':
      return { before: ',"data":', after: '}' };
    case 'binary':
      return { before: ',"data_base64":"', after: '"}' };
    case 'claim-check': {
      const { url, sha256, size } = data;
      return { before: `,${JSON.stringify({ dataref: url, datasha256: sha256, datasize: size }).slice(1)}`, after: '' };
    }
  }
};

const payloadLength = (data: EnvelopeData): number => {
  switch (data.kind) {
    case 'json':
      return data.bytes.length;
    case 'binary':
      return Math.ceil(data.bytes.length / 3) * 4;
    case 'claim-check':
      return 0;
  }
};

const writePayload = (target: Buffer, at: number, data: EnvelopeData): void => {
  if (data.kind === 'json') target.set(data.bytes, at);
  if (data.kind === 'binary') target.write(data.bytes.toString('base64'), at, 'latin1');
};

/** What the sender added stands among the others; most add nothing. */
const membersOf = (attributes: EnvelopeAttributes): object => {
  if (attributes.extensions === undefined) return attributes;
  const { extensions, ...own } = attributes;
  return { ...own, ...extensions };
};

/**
 * The envelope as CloudEvents JSON (section 3.1 of its JSON format), payload last. `json` bytes must be JSON text without a
 * byte order mark; they are placed as they are, so that no number, key order or escape changes on the way to a bot.
 */
export const encodeEnvelope = (attributes: EnvelopeAttributes, data: EnvelopeData): Buffer => {
  const { before, after } = framing(data);
  const members = JSON.stringify(membersOf(attributes));
  // In the place of the last brace.
  const membersEnd = Buffer.byteLength(members) - 1;
  const payloadStart = membersEnd + Buffer.byteLength(before);
  const payloadEnd = payloadStart + payloadLength(data);
  const encoded = Buffer.allocUnsafe(payloadEnd + after.length);
  encoded.write(members, 0, 'utf8');
  encoded.write(before, membersEnd, 'utf8');
  writePayload(encoded, payloadStart, data);
  encoded.write(after, payloadEnd, 'latin1');
  return encoded;
};

type InlineData = Exclude<EnvelopeData, { readonly kind: 'claim-check' }>;

/** The size of a payload of so many bytes inside an envelope: base64 takes 4 bytes for 3. */
export const inlineSize = (kind: InlineData['kind'], size: number): number =>
  kind === 'json' ? size : Math.ceil(size / 3) * 4;

/**
 * The envelope with its payload inside, or `undefined` when that would be above `maxBytes`; judged by the payload's size before
 * anything is encoded, so that a large one is never copied.
 */
export const encodeWithin = (
  attributes: EnvelopeAttributes,
  data: InlineData,
  maxBytes: number,
): Buffer | undefined => {
  if (inlineSize(data.kind, data.bytes.length) > maxBytes) return undefined;
  const encoded = encodeEnvelope(attributes, data);
  return encoded.length > maxBytes ? undefined : encoded;
};
