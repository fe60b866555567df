import { compareTexts } from '../text/text.js';
import type { EnvelopeAttributes, EventEnvelope } from './event-envelope.js';

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
