import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { OutboxRecord } from '../../../src/outbox/record/outbox-record.js';
import { addressMessage } from '../../../src/routing/address-message.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';

/** What a drain written by hand calls. */
export interface NaivePorts {
  names(): AsyncIterable<string>;
  readRecord(name: string): Promise<OutboxRecord>;
  readPayload(name: string): Promise<Buffer>;
  send(queue: string, message: QueueMessage): Promise<void>;
  remove(name: string): Promise<void>;
  /** Listing is over: what follows is measured. */
  onListed(): void;
}

/**
 * The drain that people write: lists everything, then takes one record after the other: reads it, reads its payload, sends,
 * deletes. No lease, no breaker, no order but that of the names, and every name in memory.
 */
export const naiveDrain = async (ports: NaivePorts, limit: number): Promise<void> => {
  const names: string[] = [];
  for await (const name of ports.names()) names.push(name);
  ports.onListed();
  for (const name of names.slice(0, limit)) {
    const { attributes, payload, owed } = await ports.readRecord(name);
    const bytes = await ports.readPayload(payload.archiveName);
    const body = encodeEnvelope(attributes, { kind: 'json', bytes });
    for (const delivery of owed)
      await ports.send(delivery.queue, addressMessage({ attributes, body, sha256: payload.sha256 }, delivery));
    await ports.remove(name);
  }
};
