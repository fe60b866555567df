import rhea, { type Typed } from 'rhea';
import { sectionsOf } from './message-content.js';

const amqpValueSection = 0x77;

/** rhea's own reader and writer of single values, which its types do not name as part of `types`. */
interface Codec {
  readonly Reader: new (bytes: Buffer) => { read(): Typed & { readonly descriptor?: Typed } };
  readonly Writer: new () => { write(value: Typed): void; toBuffer(): Buffer };
}

/** Values with their AMQP types, by name: an int stays an int, a Guid a Guid. */
export type TypedValues = Readonly<Record<string, Typed>>;

/** The value at the beginning of `bytes`, with its AMQP type. */
export function readTyped(bytes: Buffer): Typed & { readonly descriptor?: Typed } {
  return new (codec().Reader)(bytes).read();
}

export function writeTyped(value: Typed): Buffer {
  const writer = new (codec().Writer)();
  writer.write(value);
  return writer.toBuffer();
}

/** A map's entries; rhea itself reads a map into plain values, which forget what they were. Anything else has none. */
export function typedEntries(map: unknown): TypedValues {
  const entries: Record<string, Typed> = {};
  if (!isTyped(map) || !rhea.types.is_map(map) || !Array.isArray(map.value)) return entries;
  for (let index = 0; index + 1 < map.value.length; index += 2)
    entries[String(map.value[index])] = map.value[index + 1];
  return entries;
}

/** What the body of an encoded message holds, when it is a map. */
export function typedBody(raw: Buffer): TypedValues {
  const section = sectionsOf(raw).get(amqpValueSection);
  return section === undefined ? {} : typedEntries(readTyped(raw.subarray(section.value, section.end)));
}

export function isTyped(value: unknown): value is Typed {
  return typeof value === 'object' && value !== null && 'toRheaTyped' in value && 'type' in value;
}

function codec(): Codec {
  const { types } = rhea;
  if (!isCodec(types))
    throw new TypeError('This version of rhea is not the one the Service Bus stand-in was built for');
  return types;
}

function isCodec(types: object): types is Codec {
  return 'Reader' in types && 'Writer' in types;
}
