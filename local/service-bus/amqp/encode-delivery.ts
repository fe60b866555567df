import type { StoredMessage } from '../broker/stored-message.js';

const placements = { active: 0, deferred: 1, scheduled: 2 } as const;
const maxUint = 0xffff_ffff;

/** An annotation's name as an AMQP symbol, its value's type code, and room for the value. */
function annotation(name: string, typeCode: number, valueBytes: number): Buffer {
  return Buffer.concat([
    Buffer.from([0xa3, name.length]),
    Buffer.from(name),
    Buffer.from([typeCode]),
    Buffer.alloc(valueBytes),
  ]);
}

const sequenceNumber = annotation('x-opt-sequence-number', 0x81, 8);
const enqueuedSequenceNumber = annotation('x-opt-enqueue-sequence-number', 0x81, 8);
const enqueuedTime = annotation('x-opt-enqueued-time', 0x83, 8);
const messageState = annotation('x-opt-message-state', 0x71, 4);
const lockedUntil = annotation('x-opt-locked-until', 0x83, 8);

const unlocked = Buffer.concat([sequenceNumber, enqueuedSequenceNumber, enqueuedTime, messageState]);
const locked = Buffer.concat([unlocked, lockedUntil]);

/**
 * The message as a receiver gets it: a header with the delivery count, the annotations that Service Bus adds, then the
 * sender's own bytes from the properties on. `lockedUntilMs` is absent for what is peeked or received and deleted.
 */
export function encodeDelivery(message: StoredMessage, lockedUntilMs?: number): Buffer {
  const { annotations, bareStart, raw } = message.content;
  const header = encodeHeader(message);
  const own = ownAnnotations(message, lockedUntilMs);
  const annotationsBytes = own.length + annotations.bytes.length;
  const encoded = Buffer.allocUnsafe(header.length + 12 + annotationsBytes + raw.length - bareStart);
  let offset = header.copy(encoded, 0);
  offset = encoded.writeUInt32BE(0x005372d1, offset);
  offset = encoded.writeUInt32BE(annotationsBytes + 4, offset);
  offset = encoded.writeUInt32BE(annotations.count + (lockedUntilMs === undefined ? 8 : 10), offset);
  offset += own.copy(encoded, offset);
  offset += annotations.bytes.copy(encoded, offset);
  raw.copy(encoded, offset, bareStart);
  return encoded;
}

/** durable, priority, ttl, first-acquirer, delivery-count: section 3.2.1 of AMQP 1.0, part 3. */
function encodeHeader(message: StoredMessage): Buffer {
  const { expiresAtMs, enqueuedAtMs, deliveryCount } = message;
  const hasTtl = expiresAtMs !== undefined;
  const fields = hasTtl ? 14 : 10;
  const header = Buffer.allocUnsafe(6 + fields);
  header.writeUInt32BE(0x005370c0, 0);
  header.writeUInt32BE(((fields + 1) << 24) | 0x054150, 4);
  let offset = header.writeUInt8(4, 8);
  if (hasTtl) {
    offset = header.writeUInt8(0x70, offset);
    offset = header.writeUInt32BE(Math.min(Math.max(expiresAtMs - enqueuedAtMs, 0), maxUint), offset);
  } else {
    offset = header.writeUInt8(0x40, offset);
  }
  offset = header.writeUInt16BE(0x4270, offset);
  header.writeUInt32BE(deliveryCount, offset);
  return header;
}

function ownAnnotations(message: StoredMessage, lockedUntilMs: number | undefined): Buffer {
  const own = Buffer.from(lockedUntilMs === undefined ? unlocked : locked);
  let end = sequenceNumber.length;
  own.writeBigInt64BE(BigInt(message.sequenceNumber), end - 8);
  end += enqueuedSequenceNumber.length;
  own.writeBigInt64BE(BigInt(message.enqueuedSequenceNumber), end - 8);
  end += enqueuedTime.length;
  own.writeBigInt64BE(BigInt(Math.floor(message.enqueuedAtMs)), end - 8);
  own.writeInt32BE(placements[message.placement], unlocked.length - 4);
  if (lockedUntilMs !== undefined) own.writeBigInt64BE(BigInt(Math.floor(lockedUntilMs)), own.length - 8);
  return own;
}
