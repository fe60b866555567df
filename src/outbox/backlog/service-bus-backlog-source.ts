import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import Long from 'long';
import { sendAborted, toQueueError } from '../../routing/classify-queue-error.js';
import { archiveBacklogQueue } from '../../routing/event-queue.js';
import { QueueError } from '../../routing/queue-error.js';
import { stopOnAbort } from '../../time/clock.js';
import type { ArchiveBacklogSource, BackloggedMessage } from './archive-backlog-source.js';

const maxWaitTimeInMs = 1_000;

/**
 * Each message is settled within seconds. The SDK would renew the locks of those that arrive after a call was given up, for five
 * minutes, and whatever is owed to sessions waits until the backlog is empty.
 */
const receiverOptions = {
  receiveMode: 'peekLock',
  skipParsingBodyAsJson: true,
  maxAutoLockRenewalDurationInMs: 0,
} as const;

const inOurWords = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  try {
    return await stopOnAbort(signal, sendAborted, work);
  } catch (thrown) {
    throw toQueueError(thrown);
  }
};

const toText = (properties: ServiceBusReceivedMessage['applicationProperties'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));

const toBackloggedMessage = (receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage): BackloggedMessage => ({
  body: Buffer.isBuffer(message.body) ? message.body : Buffer.alloc(0),
  applicationProperties: toText(message.applicationProperties),
  deliveries: message.deliveryCount ?? 0,
  complete: (signal) => inOurWords(signal, () => receiver.completeMessage(message)),
  abandon: (signal) => inOurWords(signal, () => receiver.abandonMessage(message)),
  deadLetter: (reason, signal) =>
    inOurWords(signal, () =>
      receiver.deadLetterMessage(message, { deadLetterReason: reason, deadLetterErrorDescription: '' }),
    ),
});

/**
 * The archive backlog on `@azure/service-bus`: peek-lock, bodies as they are. Throws `QueueError` and nothing else. Every look says where it begins:
 * by itself the SDK goes on where the last look at the queue ended, whichever receiver that was.
 */
export const createServiceBusBacklogSource = (
  source: () => ServiceBusClient | Promise<ServiceBusClient>,
  queue: string = archiveBacklogQueue,
): ArchiveBacklogSource => ({
  open() {
    let opening: Promise<ServiceBusReceiver> | undefined;
    let closed = false;
    let nextPeeked = Long.ZERO;
    const connect = async (): Promise<ServiceBusReceiver> => {
      if (closed) throw new QueueError('refused', 'The link is closed');
      const client = await source();
      return client.createReceiver(queue, receiverOptions);
    };
    const opened = (): Promise<ServiceBusReceiver> => {
      opening ??= connect();
      return opening;
    };
    return {
      receive: (limit, abortSignal) =>
        inOurWords(abortSignal, async () => {
          const receiver = await opened();
          const messages = await receiver.receiveMessages(limit, { maxWaitTimeInMs, abortSignal });
          return messages.map((message) => toBackloggedMessage(receiver, message));
        }),
      count: (limit, abortSignal) =>
        inOurWords(abortSignal, async () => {
          const receiver = await opened();
          return (await receiver.peekMessages(limit, { fromSequenceNumber: Long.ZERO, abortSignal })).length;
        }),
      peek: (limit, abortSignal) =>
        inOurWords(abortSignal, async () => {
          const receiver = await opened();
          const messages = await receiver.peekMessages(limit, { fromSequenceNumber: nextPeeked, abortSignal });
          nextPeeked = messages.at(-1)?.sequenceNumber?.add(1) ?? nextPeeked;
          return messages.map(({ applicationProperties }) => ({
            applicationProperties: toText(applicationProperties),
          }));
        }),
      async close() {
        closed = true;
        // Closing a link that hangs can take a minute, and its failure is of no use to anybody.
        void opening?.then((receiver) => receiver.close()).catch(() => {});
      },
    };
  },
});
