import type { QueueMessage } from '../routing/event-queue.js';
import { arrivalOf, type Batch, decodeBatch, type EncodedBatch } from './batch.js';

const property = 'batch';

/** A part of a batch on its way to where batches wait by the other store, in the archive backlog. */
export const buildBatchMessage = (batch: Batch, { name, bytes }: EncodedBatch): QueueMessage => ({
  body: bytes,
  messageId: name,
  correlationId: batch.correlationId,
  subject: `${batch.provider}.batch`,
  contentType: 'application/octet-stream',
  applicationProperties: { [property]: name },
});

interface Backlogged {
  readonly body: Buffer;
  readonly applicationProperties: Readonly<Record<string, string>>;
}

/** The part that a message of the backlog holds: `undefined` for an event's message, `damaged` when it is no part any more. */
export const readBatchMessage = ({ body, applicationProperties }: Backlogged): EncodedBatch | 'damaged' | undefined => {
  const name = applicationProperties[property];
  if (name === undefined) return undefined;
  return arrivalOf(name) === undefined || decodeBatch(body) === undefined ? 'damaged' : { name, bytes: body };
};
