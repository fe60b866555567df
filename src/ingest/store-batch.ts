import { type Batch, batchName, encodeBatch } from '../batches/batch.js';
import { buildBatchMessage } from '../batches/batch-message.js';
import type { GuardedBatches } from '../batches/batch-store.js';
import { encodeLeft } from '../batches/left-items.js';
import { splitForMessages } from '../batches/split-for-messages.js';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import type { GuardedSend } from '../routing/route-event.js';
import type { RequestBudget } from './time-limits.js';

export interface StoreBatchPorts {
  readonly batches: Pick<GuardedBatches, 'create' | 'saveLeft' | 'remove'>;
  /** To the backlog queue, whatever state the breaker is in: what is not written down now is lost. */
  readonly sendPart: GuardedSend;
  readonly maxMessageBytes: number;
}

interface BatchToStore {
  readonly batch: Batch;
  /** Which of its events are to be taken from there. */
  readonly places: readonly number[];
  readonly budget: RequestBudget;
}

/** Where a batch was written down: under its name with Blob Storage, or in parts in the backlog queue. */
export type BatchPlace = { readonly where: 'blob-storage'; readonly name: string } | { readonly where: 'service-bus' };

/** With less time than that a call would only fail. */
const leastCallMs = 200;

/** All parts, or it counts as none: those that got through come again with the sender's repeat, under the same ids. */
const sendParts = async (ports: StoreBatchPorts, { batch, places, budget }: BatchToStore): Promise<boolean> => {
  for (const part of splitForMessages(batch, places, ports.maxMessageBytes)) {
    const timeoutMs = budget.shareMs('backlog');
    if (timeoutMs < leastCallMs) return false;
    const sent = await ports.sendPart(archiveBacklogQueue, buildBatchMessage(batch, part), timeoutMs);
    if (!sent.ok) return false;
  }
  return true;
};

/** Writes a batch down with one call, or by the other store in as few as it takes; `undefined` when neither took it. */
export const storeBatch = async (ports: StoreBatchPorts, request: BatchToStore): Promise<BatchPlace | undefined> => {
  const { batch, places, budget } = request;
  const name = batchName(batch);
  const encoded = { name, bytes: encodeBatch(batch), left: encodeLeft(places) };
  const created = await ports.batches.create(encoded, budget.shareMs('archive'));
  if (!created.ok) return (await sendParts(ports, request)) ? { where: 'service-bus' } : undefined;
  return { where: 'blob-storage', name };
};

/** Writes down what is left of a stored batch. What cannot be written is taken again, under the same ids. */
export const saveLeft = async (
  { batches }: Pick<StoreBatchPorts, 'batches'>,
  { name, left, timeoutMs }: { readonly name: string; readonly left: readonly number[]; readonly timeoutMs: number },
): Promise<void> => {
  if (left.length === 0) await batches.remove(name, timeoutMs);
  else await batches.saveLeft(name, encodeLeft(left), timeoutMs);
};
