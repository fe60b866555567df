import { createHash } from 'node:crypto';
import type { GuardedRead } from '../archive/guarded-archive.js';
import { encodeEnvelope } from '../envelope/encode-envelope.js';
import type { EnvelopeData } from '../envelope/event-envelope.js';
import type { EncodedEvent } from '../routing/build-message.js';
import type { OutboxRecord } from './outbox-record.js';

export type RebuiltEvent =
  | { readonly kind: 'rebuilt'; readonly event: Omit<EncodedEvent, 'sessionKeys'> }
  | { readonly kind: 'damaged'; readonly reason: 'payload-missing' | 'payload-changed' }
  | { readonly kind: 'unavailable'; readonly storageOpen: boolean };

const encode = (record: OutboxRecord, data: EnvelopeData): RebuiltEvent => {
  const { attributes, payload, repository } = record;
  const body = encodeEnvelope(attributes, data);
  return {
    kind: 'rebuilt',
    event: { attributes, body, sha256: payload.sha256, ...(repository !== undefined && { repository }) },
  };
};

/** The very envelope that was owed, byte for byte: its attributes from the record, its payload from the archive. */
export const rebuildEvent = async (
  readPayload: GuardedRead,
  record: OutboxRecord,
  timeoutMs: number,
): Promise<RebuiltEvent> => {
  const { archiveName, url, sha256, size, travels } = record.payload;
  if (travels === 'claim-check') return encode(record, { kind: travels, url, sha256, size });
  const reading = await readPayload(archiveName, timeoutMs);
  if (!reading.ok) return { kind: 'unavailable', storageOpen: reading.error.kind === 'circuit-open' };
  if (reading.value === undefined) return { kind: 'damaged', reason: 'payload-missing' };
  const { body } = reading.value;
  const unchanged = createHash('sha256').update(body).digest('hex') === sha256;
  return unchanged ? encode(record, { kind: travels, bytes: body }) : { kind: 'damaged', reason: 'payload-changed' };
};
