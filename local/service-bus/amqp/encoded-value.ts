/** Bytes that are not what AMQP 1.0 allows at that place. The broker answers `amqp:decode-error`. */
export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

const describedConstructor = 0x00;
/** Bytes of a value by the high half of its constructor (AMQP 1.0, part 1, section 1.2). */
const fixedWidths: Readonly<Record<number, number>> = { 4: 0, 5: 1, 6: 2, 7: 4, 8: 8, 9: 16 };

/** Where the value that begins at `offset` ends, found without decoding it. */
export function endOfValue(bytes: Buffer, offset: number): number {
  const code = bytes[offset];
  if (code === undefined) throw new MalformedMessage(`value missing at byte ${offset}`);
  if (code === describedConstructor) return endOfValue(bytes, endOfValue(bytes, offset + 1));
  const half = code >> 4;
  const end = offset + 1 + (fixedWidths[half] ?? sizedWidth(bytes, offset + 1, half));
  if (end > bytes.length) throw new MalformedMessage(`value at byte ${offset} is cut off`);
  return end;
}

function sizedWidth(bytes: Buffer, offset: number, half: number): number {
  const wide = half % 2 === 1;
  if (half < 0xa || offset + (wide ? 4 : 1) > bytes.length) throw new MalformedMessage(`no value at byte ${offset}`);
  return wide ? 4 + bytes.readUInt32BE(offset) : 1 + bytes.readUInt8(offset);
}

/** A list's or map's items, still encoded: how many, and where they lie. */
export interface EncodedItems {
  readonly count: number;
  readonly start: number;
  readonly end: number;
}

/** The items of the list or map at `offset`; null and the empty list have none. */
export function itemsAt(bytes: Buffer, offset: number): EncodedItems {
  const end = endOfValue(bytes, offset);
  const code = bytes.readUInt8(offset);
  if (code === 0x45 || code === 0x40) return { count: 0, start: end, end };
  if (code === 0xc0 || code === 0xc1) return { count: bytes.readUInt8(offset + 2), start: offset + 3, end };
  if (code === 0xd0 || code === 0xd1) return { count: bytes.readUInt32BE(offset + 5), start: offset + 9, end };
  throw new MalformedMessage(`no list or map at byte ${offset}`);
}

/** A string's, symbol's or binary's bytes at `offset`, or undefined when another type is there. */
export function textBytesAt(bytes: Buffer, offset: number): Buffer | undefined {
  const code = bytes.readUInt8(offset);
  if (code === 0xa0 || code === 0xa1 || code === 0xa3) return bytes.subarray(offset + 2, endOfValue(bytes, offset));
  if (code === 0xb0 || code === 0xb1 || code === 0xb3) return bytes.subarray(offset + 5, endOfValue(bytes, offset));
  return undefined;
}

/** An unsigned or timestamp number at `offset`, or undefined when another type is there. */
export function numberAt(bytes: Buffer, offset: number): number | undefined {
  switch (bytes.readUInt8(offset)) {
    case 0x43:
    case 0x44:
      return 0;
    case 0x50:
    case 0x52:
    case 0x53:
      return bytes.readUInt8(offset + 1);
    case 0x70:
      return bytes.readUInt32BE(offset + 1);
    case 0x80:
      return Number(bytes.readBigUInt64BE(offset + 1));
    case 0x81:
    case 0x83:
      return Number(bytes.readBigInt64BE(offset + 1));
    default:
      return undefined;
  }
}
