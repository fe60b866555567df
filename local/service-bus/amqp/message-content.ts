import { type EncodedItems, endOfValue, itemsAt, MalformedMessage, numberAt, textBytesAt } from './encoded-value.js';

/**
 * One message as its sender encoded it. `raw` is never decoded and encoded again, so a body arrives byte for byte; the
 * other fields are what a broker must know. Section 3.2 of AMQP 1.0, part 3.
 */
export interface MessageContent {
  readonly raw: Buffer;
  /** What duplicate detection compares; ids of different AMQP types never meet. */
  readonly messageId: string | undefined;
  readonly sessionId: string | undefined;
  readonly ttlMs: number | undefined;
  readonly scheduledForMs: number | undefined;
  /** The sender's message annotations without those that only a broker may set. */
  readonly annotations: { readonly count: number; readonly bytes: Buffer };
  /** Where properties, application properties and body begin in `raw`, one after the other. */
  readonly bareStart: number;
  readonly applicationProperties: EncodedSection | undefined;
  /** Where the application properties belong when there are none. */
  readonly propertiesEnd: number;
  /** Where the body begins in `raw`: all before it are properties, the sender's and the system's. */
  readonly bodyStart: number;
}

/** Where a whole section lies, and where its value begins. */
export interface EncodedSection {
  readonly start: number;
  readonly value: number;
  readonly end: number;
}

const header = 0x70;
const messageAnnotations = 0x72;
const properties = 0x73;
const applicationProperties = 0x74;
const body = [0x75, 0x76, 0x77];
const ttlField = 2;
const messageIdField = 0;
const groupIdField = 10;
const scheduledFor = 'x-opt-scheduled-enqueue-time';

const brokerAnnotations: ReadonlySet<string> = new Set([
  'x-opt-sequence-number',
  'x-opt-enqueue-sequence-number',
  'x-opt-enqueued-time',
  'x-opt-locked-until',
  'x-opt-message-state',
]);

/** Finds a message's sections and what the broker needs of them. Throws `MalformedMessage`. */
export function parseMessage(raw: Buffer): MessageContent {
  const sections = sectionsOf(raw);
  const bare = [properties, applicationProperties, ...body].find((code) => sections.has(code));
  const start = (bare === undefined ? undefined : sections.get(bare)?.start) ?? raw.length;
  const annotations = annotationsOf(raw, sections.get(messageAnnotations));
  const propertyFields = fieldsOf(raw, sections.get(properties), groupIdField + 1);
  return {
    raw,
    messageId: messageIdAt(raw, propertyFields[messageIdField]),
    sessionId: textAt(raw, propertyFields[groupIdField]),
    ttlMs: numberOf(raw, fieldsOf(raw, sections.get(header), ttlField + 1)[ttlField]),
    scheduledForMs: annotations.scheduledForMs,
    annotations: annotations.kept,
    bareStart: start,
    applicationProperties: sections.get(applicationProperties),
    propertiesEnd: sections.get(properties)?.end ?? start,
    bodyStart: Math.min(...body.map((code) => sections.get(code)?.start ?? raw.length)),
  };
}

/** Every section by its descriptor, in order; of repeated ones (data) the first. */
export function sectionsOf(raw: Buffer): ReadonlyMap<number, EncodedSection> {
  const sections = new Map<number, EncodedSection>();
  for (let start = 0; start < raw.length; ) {
    const section = sectionAt(raw, start);
    if (!sections.has(section.code)) sections.set(section.code, section);
    start = section.end;
  }
  if (!body.some((code) => sections.has(code))) throw new MalformedMessage('message without a body');
  return sections;
}

/** The section at `start`: its descriptor's code and its extent. */
export function sectionAt(raw: Buffer, start: number): EncodedSection & { readonly code: number } {
  if (raw[start] !== 0x00) throw new MalformedMessage(`no section at byte ${start}`);
  const value = endOfValue(raw, start + 1);
  const code = numberAt(raw, start + 1);
  if (code === undefined || code < header || code > 0x78) throw new MalformedMessage(`unknown section ${code}`);
  return { code, start, value, end: endOfValue(raw, value) };
}

function fieldsOf(raw: Buffer, section: EncodedSection | undefined, wanted: number): readonly number[] {
  if (section === undefined) return [];
  const items = itemsAt(raw, section.value);
  const offsets: number[] = [];
  for (let offset = items.start; offsets.length < Math.min(items.count, wanted); offset = endOfValue(raw, offset)) {
    offsets.push(offset);
  }
  return offsets;
}

function annotationsOf(raw: Buffer, section: EncodedSection | undefined) {
  const items: EncodedItems = section === undefined ? { count: 0, start: 0, end: 0 } : itemsAt(raw, section.value);
  const kept: Buffer[] = [];
  let scheduledForMs: number | undefined;
  for (let offset = items.start, read = 0; read < items.count; read += 2) {
    const value = endOfValue(raw, offset);
    const end = endOfValue(raw, value);
    const name = textAt(raw, offset) ?? '';
    if (name === scheduledFor) scheduledForMs = numberAt(raw, value);
    if (!brokerAnnotations.has(name)) kept.push(raw.subarray(offset, end));
    offset = end;
  }
  return { scheduledForMs, kept: { count: kept.length * 2, bytes: kept.length === 0 ? empty : Buffer.concat(kept) } };
}

const empty = Buffer.alloc(0);

function textAt(raw: Buffer, offset: number | undefined): string | undefined {
  return offset === undefined ? undefined : textBytesAt(raw, offset)?.toString('utf8');
}

function numberOf(raw: Buffer, offset: number | undefined): number | undefined {
  return offset === undefined ? undefined : numberAt(raw, offset);
}

function messageIdAt(raw: Buffer, offset: number | undefined): string | undefined {
  if (offset === undefined || raw[offset] === 0x40) return undefined;
  const isString = raw[offset] === 0xa1 || raw[offset] === 0xb1;
  return isString
    ? `text:${textAt(raw, offset)}`
    : `bytes:${raw.subarray(offset, endOfValue(raw, offset)).toString('hex')}`;
}
