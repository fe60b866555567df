import type { EventQueue, QueueMessage } from './event-queue.js';
import { QueueError, type QueueErrorCode } from './queue-error.js';

/** What a switched fault does to a send: fails at once with a code, or stays silent until the caller gives up. */
export type QueueFault = { readonly kind: 'error'; readonly code: QueueErrorCode } | { readonly kind: 'hang' };

/** The queue port in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryEventQueue extends EventQueue {
  /** What one queue holds, oldest first; empty for a queue that has had nothing. */
  messages(queue: string): readonly QueueMessage[];
  /** Switches a fault of the whole service, or of one queue; `undefined` ends it. */
  setFault(fault: QueueFault | undefined, queue?: string): void;
}

/** `queues`: the only queues that exist; absent: every queue does. */
export interface MemoryEventQueueOptions {
  readonly queues?: readonly string[];
}

const aborted = (signal: AbortSignal): QueueError =>
  new QueueError('aborted', 'The send was aborted', { cause: signal.reason });

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(aborted(signal)), { once: true }));

const inject = async (fault: QueueFault | undefined, signal: AbortSignal): Promise<void> => {
  if (fault?.kind === 'hang') await untilAborted(signal);
  if (fault?.kind === 'error') throw new QueueError(fault.code, `The queue fails on purpose: ${fault.code}`);
};

/** Queues in memory with duplicate detection by message id: a repeat is settled and dropped, as Service Bus does. */
export const createMemoryEventQueue = ({ queues }: MemoryEventQueueOptions = {}): MemoryEventQueue => {
  const stored = new Map<string, Map<string, QueueMessage>>();
  const faults = new Map<string, QueueFault>();
  let wholeFault: QueueFault | undefined;

  return {
    async send(queue, message, signal) {
      if (signal.aborted) throw aborted(signal);
      await inject(wholeFault, signal);
      await inject(faults.get(queue), signal);
      if (queues !== undefined && !queues.includes(queue))
        throw new QueueError('queue-missing', 'The queue does not exist');
      const messages = stored.get(queue) ?? new Map<string, QueueMessage>();
      stored.set(queue, messages);
      if (!messages.has(message.messageId))
        messages.set(message.messageId, { ...message, body: Buffer.from(message.body) });
    },
    messages: (queue) => [...(stored.get(queue)?.values() ?? [])],
    setFault(fault, queue) {
      if (queue === undefined) wholeFault = fault;
      else if (fault === undefined) faults.delete(queue);
      else faults.set(queue, fault);
    },
  };
};
