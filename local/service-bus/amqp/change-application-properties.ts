import rhea from 'rhea';
import { endOfValue, itemsAt, textBytesAt } from './encoded-value.js';
import { type EncodedSection, type MessageContent, parseMessage, sectionsOf } from './message-content.js';

const applicationPropertiesCode = 0x74;

/** Encoded names and values, one after the other. */
interface EncodedPairs {
  readonly count: number;
  readonly bytes: readonly Buffer[];
}

/**
 * The same message with `changes` laid over its application properties, as a dead-letter reason or a receiver's
 * modified properties ask. Everything else, other properties included, stays byte for byte.
 */
export function changeApplicationProperties(
  content: MessageContent,
  changes: Readonly<Record<string, unknown>>,
): MessageContent {
  const { raw, applicationProperties: section, propertiesEnd } = content;
  const kept = pairsIn(raw, section, (name) => !Object.hasOwn(changes, name));
  const changed = encodePairs(changes);
  const pairs = Buffer.concat([...kept.bytes, ...changed.bytes]);
  const head = Buffer.allocUnsafe(12);
  head.writeUInt32BE(0x005374d1, 0);
  head.writeUInt32BE(pairs.length + 4, 4);
  head.writeUInt32BE(kept.count + changed.count, 8);
  const before = raw.subarray(0, section?.start ?? propertiesEnd);
  return parseMessage(Buffer.concat([before, head, pairs, raw.subarray(section?.end ?? propertiesEnd)]));
}

/** How many bytes the changes take: a receiver may not make a message outgrow the limit of its properties. */
export function bytesOfChanges(changes: Readonly<Record<string, unknown>>): number {
  return encodePairs(changes).bytes.reduce((sum, { length }) => sum + length, 0);
}

/** The bytes of the largest application property, name and value. */
export function largestPropertyBytes({ raw, applicationProperties }: MessageContent): number {
  return Math.max(0, ...pairsIn(raw, applicationProperties, () => true).bytes.map(({ length }) => length));
}

function encodePairs(values: Readonly<Record<string, unknown>>): EncodedPairs {
  const encoded = rhea.message.encode({ application_properties: values, body: null });
  return pairsIn(encoded, sectionsOf(encoded).get(applicationPropertiesCode), () => true);
}

function pairsIn(raw: Buffer, section: EncodedSection | undefined, wanted: (name: string) => boolean): EncodedPairs {
  if (section === undefined) return { count: 0, bytes: [] };
  const items = itemsAt(raw, section.value);
  const bytes: Buffer[] = [];
  let offset = items.start;
  for (let read = 0; read < items.count; read += 2) {
    const end = endOfValue(raw, endOfValue(raw, offset));
    if (wanted(textBytesAt(raw, offset)?.toString('utf8') ?? '')) bytes.push(raw.subarray(offset, end));
    offset = end;
  }
  return { count: bytes.length * 2, bytes };
}
