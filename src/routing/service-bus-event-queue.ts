import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import { stopOnAbort } from '../archive/stop-on-abort.js';
import { sendAborted, toQueueError } from './classify-queue-error.js';
import type { EventQueue, QueueMessage } from './event-queue.js';
import { QueueError, type QueueErrorCode } from './queue-error.js';
import { SenderCache } from './sender-cache.js';

/** The namespace's client, or how to get it: it is made at the first use. */
export type ServiceBusSource = () => ServiceBusClient | Promise<ServiceBusClient>;

/** The queue port on Service Bus, and what else its owner may ask. */
export interface ServiceBusEventQueue extends EventQueue {
  /** Opens a link to one queue and leaves it: touches the service, sends nothing. Throws `QueueError`. */
  probe(queue: string, signal: AbortSignal): Promise<void>;
  /** Closes every link and the connection. */
  close(): Promise<void>;
}

/** After these a sender's link may be stuck or stale; the next send begins on a new one. */
const endsSender: ReadonlySet<QueueErrorCode> = new Set<QueueErrorCode>([
  'queue-missing',
  'queue-disabled',
  'unauthorized',
  'unavailable',
  'unexpected',
  'aborted',
]);

/** Service Bus takes no longer message or session id: https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
const maxIdLength = 128;

const refuseLongIds = ({ messageId, sessionId = '' }: QueueMessage): void => {
  if (messageId.length > maxIdLength || sessionId.length > maxIdLength)
    throw new QueueError('refused', `An id is longer than ${maxIdLength} characters`);
};

const toServiceBusMessage = (message: QueueMessage): ServiceBusMessage => ({
  body: message.body,
  messageId: message.messageId,
  correlationId: message.correlationId,
  subject: message.subject,
  contentType: message.contentType,
  applicationProperties: { ...message.applicationProperties },
  ...(message.sessionId !== undefined && { sessionId: message.sessionId }),
});

const touch = async (sender: ServiceBusSender, abortSignal: AbortSignal): Promise<void> => {
  try {
    await stopOnAbort(abortSignal, sendAborted, () => sender.createMessageBatch({ abortSignal }));
  } finally {
    sender.close().catch(() => {});
  }
};

const inOurWords = async (work: Promise<void>): Promise<void> => {
  try {
    await work;
  } catch (thrown) {
    throw toQueueError(thrown);
  }
};

/**
 * The queue port on `@azure/service-bus`: one sender per queue, kept while it works. How often the SDK tries again is
 * decided where the client is made. Throws `QueueError` and nothing else; an abort ends every call at once.
 */
export const createServiceBusEventQueue = (source: ServiceBusSource): ServiceBusEventQueue => {
  const senders = new SenderCache<ServiceBusSender>();
  let client: ServiceBusClient | undefined;

  const connect = (signal: AbortSignal): Promise<ServiceBusClient> =>
    stopOnAbort(signal, sendAborted, async () => {
      client = await source();
      return client;
    });

  const send = async (queue: string, message: QueueMessage, abortSignal: AbortSignal): Promise<void> => {
    refuseLongIds(message);
    const connected = client ?? (await connect(abortSignal));
    const lease = senders.lease(queue, () => connected.createSender(queue));
    try {
      await stopOnAbort(abortSignal, sendAborted, () =>
        lease.sender.sendMessages(toServiceBusMessage(message), { abortSignal }),
      );
    } catch (thrown) {
      if (endsSender.has(toQueueError(thrown).code)) lease.retire();
      throw thrown;
    } finally {
      lease.release();
    }
  };

  const probe = async (queue: string, signal: AbortSignal): Promise<void> =>
    touch((await connect(signal)).createSender(queue), signal);

  return {
    send: (queue, message, signal) => inOurWords(send(queue, message, signal)),
    probe: (queue, signal) => inOurWords(probe(queue, signal)),
    async close() {
      senders.clear();
      await client?.close();
    },
  };
};
