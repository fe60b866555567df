import type { ArchiveBacklogSource, BacklogLink } from '../../../src/outbox/backlog/archive-backlog-source.js';
import { sendAborted } from '../../../src/routing/classify-queue-error.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError, type QueueErrorCode } from '../../../src/routing/queue-error.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The backlog in memory, with what a test needs to look inside and to make it fail. */
export interface MemoryBacklogSource extends ArchiveBacklogSource {
  /** What is neither completed nor dead-lettered. */
  waiting(): readonly QueueMessage[];
  deadLetters(): ReadonlyMap<QueueMessage, string>;
  /** How often each message was received. */
  deliveries(message: QueueMessage): number;
  /** Every call fails with this code; `undefined` ends it. */
  setFault(code: QueueErrorCode | undefined): void;
}

/** A backlog in memory over the messages that `all` answers, oldest first. */
export const createMemoryBacklogSource = (all: () => readonly QueueMessage[]): MemoryBacklogSource => {
  const done = new Set<QueueMessage>();
  const locked = new Set<QueueMessage>();
  const deadLetters = new Map<QueueMessage, string>();
  const deliveries = new Map<QueueMessage, number>();
  let fault: QueueErrorCode | undefined;

  const guarded = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, sendAborted, async () => {
      if (fault !== undefined) throw new QueueError(fault, `Fails on purpose: ${fault}`);
      return work();
    });

  const settle = (message: QueueMessage): void => {
    if (!locked.delete(message)) throw new QueueError('refused', 'The lock is not there any more');
  };

  const receive = (message: QueueMessage) => {
    locked.add(message);
    deliveries.set(message, (deliveries.get(message) ?? 0) + 1);
    return {
      body: message.body,
      applicationProperties: message.applicationProperties,
      deliveries: deliveries.get(message) ?? 0,
      complete: (signal: AbortSignal) =>
        guarded(signal, () => {
          settle(message);
          done.add(message);
        }),
      abandon: (signal: AbortSignal) => guarded(signal, () => settle(message)),
      deadLetter: (reason: string, signal: AbortSignal) =>
        guarded(signal, () => {
          settle(message);
          done.add(message);
          deadLetters.set(message, reason);
        }),
    };
  };

  const waiting = () => all().filter((message) => !done.has(message));

  const open = (): BacklogLink => {
    let peeked = 0;
    return {
      receive: (limit, signal) =>
        guarded(signal, () =>
          waiting()
            .filter((message) => !locked.has(message))
            .slice(0, limit)
            .map(receive),
        ),
      count: (limit, signal) => guarded(signal, () => Math.min(limit, waiting().length)),
      peek: (limit, signal) =>
        guarded(signal, () => {
          const page = waiting().slice(peeked, peeked + limit);
          peeked += page.length;
          return page;
        }),
      close: async () => locked.clear(),
    };
  };

  return {
    open,
    waiting,
    deadLetters: () => deadLetters,
    deliveries: (message) => deliveries.get(message) ?? 0,
    setFault: (code) => {
      fault = code;
    },
  };
};
