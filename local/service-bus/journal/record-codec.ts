import { crc32 } from 'node:zlib';
import { parseMessage } from '../amqp/message-content.js';
import type { QueueRecord } from '../broker/queue-record.js';
import type { Placement, StoredMessage } from '../broker/stored-message.js';

/** Whose change a record is: a queue and its dead letters share one journal. */
export type JournalSide = 'main' | 'dead-letters';

export interface SidedRecord {
  readonly side: JournalSide;
  readonly record: QueueRecord;
}

/*
 * Every record is a head of fixed size and a tail: body length and checksum (both over all that follows them), kind, side,
 * placement, whether the tail counts, delivery count, five numbers (NaN: absent), tail.
 */
const checkedFrom = 8;
const numbersAt = 16;
const headBytes = numbersAt + 5 * 8;

const kinds = ['stored', 'removed', 'counted', 'deferred', 'session-state', 'remembered', 'sequence'] as const;
const sides = ['main', 'dead-letters'] as const;
const placements = ['active', 'deferred', 'scheduled'] as const;
const noTail = Buffer.alloc(0);

interface Fields {
  readonly placement?: Placement;
  readonly hasTail?: boolean;
  readonly deliveryCount?: number;
  readonly numbers: readonly (number | undefined)[];
  readonly tail?: Buffer;
}

/** The record as bytes to write one after the other. */
export function encodeRecord(side: JournalSide, record: QueueRecord): readonly Buffer[] {
  const { placement = 'active', hasTail = true, deliveryCount = 0, numbers, tail = noTail } = fieldsOf(record);
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(headBytes - checkedFrom + tail.length, 0);
  head.writeUInt8(kinds.indexOf(record.kind), 8);
  head.writeUInt8(sides.indexOf(side), 9);
  head.writeUInt8(placements.indexOf(placement), 10);
  head.writeUInt8(hasTail ? 1 : 0, 11);
  head.writeUInt32BE(deliveryCount, 12);
  for (let index = 0; index < 5; index += 1) head.writeDoubleBE(numbers[index] ?? Number.NaN, numbersAt + index * 8);
  head.writeUInt32BE(crc32(tail, crc32(head.subarray(checkedFrom))), 4);
  return tail.length === 0 ? [head] : [head, tail];
}

function fieldsOf(record: QueueRecord): Fields {
  switch (record.kind) {
    case 'stored':
      return storedFields(record.message);
    case 'removed':
    case 'deferred':
      return { numbers: [record.sequenceNumber] };
    case 'counted':
      return { numbers: [record.sequenceNumber], deliveryCount: record.deliveryCount };
    case 'session-state': {
      const id = Buffer.from(record.sessionId);
      const tail = Buffer.concat([id, record.state ?? noTail]);
      return { numbers: [id.length], tail, hasTail: record.state !== undefined };
    }
    case 'remembered':
      return { numbers: [record.atMs], tail: Buffer.from(record.messageId) };
    case 'sequence':
      return { numbers: [record.next] };
  }
}

function storedFields(message: StoredMessage): Fields {
  const { sequenceNumber, enqueuedSequenceNumber, enqueuedAtMs, scheduledForMs, expiresAtMs } = message;
  return {
    placement: message.placement,
    deliveryCount: message.deliveryCount,
    numbers: [sequenceNumber, enqueuedSequenceNumber, enqueuedAtMs, scheduledForMs, expiresAtMs],
    tail: message.content.raw,
  };
}

/** Reads records up to the first that is incomplete or damaged, and returns how many bytes were good. */
export function* decodeRecords(bytes: Buffer): Generator<SidedRecord, number> {
  let offset = 0;
  while (offset + headBytes <= bytes.length) {
    const end = offset + checkedFrom + bytes.readUInt32BE(offset);
    if (end > bytes.length || end < offset + headBytes) break;
    if (crc32(bytes.subarray(offset + checkedFrom, end)) !== bytes.readUInt32BE(offset + 4)) break;
    const record = decodeRecord(bytes.subarray(offset, end));
    if (record === undefined) break;
    yield { side: sides[bytes.readUInt8(offset + 9)] ?? 'main', record };
    offset = end;
  }
  return offset;
}

function decodeRecord(bytes: Buffer): QueueRecord | undefined {
  const number = (index: number) => bytes.readDoubleBE(numbersAt + index * 8);
  const kind = kinds[bytes.readUInt8(8)];
  switch (kind) {
    case 'stored':
      return { kind, message: decodeMessage(bytes, number) };
    case 'removed':
    case 'deferred':
      return { kind, sequenceNumber: number(0) };
    case 'counted':
      return { kind, sequenceNumber: number(0), deliveryCount: bytes.readUInt32BE(12) };
    case 'session-state': {
      const stateAt = headBytes + number(0);
      const state = bytes.readUInt8(11) === 1 ? Buffer.from(bytes.subarray(stateAt)) : undefined;
      return { kind, sessionId: bytes.toString('utf8', headBytes, stateAt), state };
    }
    case 'remembered':
      return { kind, atMs: number(0), messageId: bytes.toString('utf8', headBytes) };
    case 'sequence':
      return { kind, next: number(0) };
    default:
      return undefined;
  }
}

function decodeMessage(bytes: Buffer, number: (index: number) => number): StoredMessage {
  const optional = (index: number) => (Number.isNaN(number(index)) ? undefined : number(index));
  return {
    sequenceNumber: number(0),
    enqueuedSequenceNumber: number(1),
    enqueuedAtMs: number(2),
    scheduledForMs: optional(3),
    expiresAtMs: optional(4),
    content: parseMessage(Buffer.from(bytes.subarray(headBytes))),
    deliveryCount: bytes.readUInt32BE(12),
    placement: placements[bytes.readUInt8(10)] ?? 'active',
  };
}
