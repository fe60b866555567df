import type { ArchiveError } from '../../archive/archive-error.js';
import { type GuardedRead, readIntact } from '../../archive/guarded-archive.js';
import type { CircuitBreakerError } from '../../circuit-breaker/call-errors.js';
import { encodeEnvelope } from '../../envelope/encode-envelope.js';
import type { EnvelopeData } from '../../envelope/event-envelope.js';
import type { EncodedEvent } from '../../routing/address-message.js';
import type { OutboxRecord } from '../record/outbox-record.js';

export type RebuiltEvent =
  | { readonly kind: 'rebuilt'; readonly event: Omit<EncodedEvent, 'sessionKeys'> }
  | { readonly kind: 'damaged'; readonly reason: 'payload-missing' | 'payload-changed' }
  /** Storage refuses to hand the payload out. */
  | { readonly kind: 'refused'; readonly reason: 'payload-refused' }
  | { readonly kind: 'unavailable'; readonly storageOpen: boolean };

const encode = (record: OutboxRecord, data: EnvelopeData): Omit<EncodedEvent, 'sessionKeys'> => {
  const { attributes, payload, repository } = record;
  const body = encodeEnvelope(attributes, data);
  return { attributes, body, sha256: payload.sha256, ...(repository !== undefined && { repository }) };
};

const notRead = (error: CircuitBreakerError<ArchiveError>): RebuiltEvent =>
  error.kind === 'operation-failed' && error.cause.code === 'refused'
    ? { kind: 'refused', reason: 'payload-refused' }
    : { kind: 'unavailable', storageOpen: error.kind === 'circuit-open' };

/** The event as a claim check, for a queue that takes no message with its payload inside. */
export const asClaimCheck = (record: OutboxRecord): Omit<EncodedEvent, 'sessionKeys'> => {
  const { url, sha256, size } = record.payload;
  return encode(record, { kind: 'claim-check', url, sha256, size });
};

/** The very envelope that was owed, byte for byte: its attributes from the record, its payload from the archive. */
export const rebuildEvent = async (
  readPayload: GuardedRead,
  record: OutboxRecord,
  timeoutMs: number,
): Promise<RebuiltEvent> => {
  const { archiveName, sha256, travels } = record.payload;
  if (travels === 'claim-check') return { kind: 'rebuilt', event: asClaimCheck(record) };
  const reading = await readIntact(readPayload, { name: archiveName, sha256 }, timeoutMs);
  if (reading.kind === 'failed') return notRead(reading.error);
  if (reading.kind === 'damaged') return reading;
  return { kind: 'rebuilt', event: encode(record, { kind: travels, bytes: reading.bytes }) };
};
