import { sendAborted } from '../../../src/routing/classify-queue-error.js';
import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError, type QueueErrorCode } from '../../../src/routing/queue-error.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** What a switched fault does to a send: fails at once with a code, or stays silent until the caller gives up. */
export type SwitchedQueueFault = { readonly kind: 'error'; readonly code: QueueErrorCode } | { readonly kind: 'hang' };

/** The queue port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryEventQueue extends EventQueue {
  /** What one queue holds, oldest first; empty for a queue that has had nothing. */
  messages(queue: string): readonly QueueMessage[];
  /** Switches a fault of the whole service, or of one queue; `undefined` ends it. */
  setFault(fault: SwitchedQueueFault | undefined, queue?: string): void;
}

/** `queues`: the only queues that exist; absent: every queue does. */
export interface MemoryEventQueueOptions {
  readonly queues?: readonly string[];
  /** How long each queue remembers an id, by its clock; absent: for ever. */
  readonly duplicateWindow?: { readonly ms: number; readonly clock: Pick<Clock, 'monotonicMs'> };
}

const inject = async (fault: SwitchedQueueFault | undefined): Promise<void> => {
  if (fault?.kind === 'hang') await new Promise<never>(() => {});
  if (fault?.kind === 'error') throw new QueueError(fault.code, `Fails on purpose: ${fault.code}`);
};

interface StoredQueue {
  readonly messages: QueueMessage[];
  /** When each id was last taken in. */
  readonly takenMs: Map<string, number>;
}

/**
 * Queues in memory with duplicate detection by message id: a repeat is settled and dropped, as Service Bus does, as long as the
 * queue remembers the first.
 */
export const createMemoryEventQueue = ({
  queues,
  duplicateWindow = { ms: Number.POSITIVE_INFINITY, clock: { monotonicMs: () => 0 } },
}: MemoryEventQueueOptions = {}): MemoryEventQueue => {
  const stored = new Map<string, StoredQueue>();
  const faults = new Map<string, SwitchedQueueFault>();
  let wholeFault: SwitchedQueueFault | undefined;

  const accept = (queue: string, message: QueueMessage): void => {
    if (queues !== undefined && !queues.includes(queue))
      throw new QueueError('queue-missing', 'The queue does not exist');
    const { messages, takenMs } = stored.get(queue) ?? { messages: [], takenMs: new Map<string, number>() };
    stored.set(queue, { messages, takenMs });
    const nowMs = duplicateWindow.clock.monotonicMs();
    const lastMs = takenMs.get(message.messageId);
    if (lastMs !== undefined && nowMs - lastMs < duplicateWindow.ms) return;
    takenMs.set(message.messageId, nowMs);
    messages.push({ ...message, body: Buffer.from(message.body) });
  };

  return {
    send: (queue, message, signal) =>
      stopOnAbort(signal, sendAborted, async () => {
        await inject(wholeFault);
        await inject(faults.get(queue));
        accept(queue, message);
      }),
    messages: (queue) => [...(stored.get(queue)?.messages ?? [])],
    setFault(fault, queue) {
      if (queue === undefined) wholeFault = fault;
      else if (fault === undefined) faults.delete(queue);
      else faults.set(queue, fault);
    },
  };
};
