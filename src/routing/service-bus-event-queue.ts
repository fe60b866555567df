import type { ServiceBusClient, ServiceBusMessage, ServiceBusSender } from '@azure/service-bus';
import type { Clock } from '../time/clock.js';
import { stopOnAbort } from '../time/clock.js';
import { sendAborted, toQueueError } from './classify-queue-error.js';
import type { EventQueue, QueueMessage } from './event-queue.js';
import { QueueError, type QueueErrorCode } from './queue-error.js';
import { type Connection, type ConnectServiceBus, ServiceBusConnections } from './service-bus-connections.js';

/** The queue port on Service Bus, and what else its owner may ask. */
export interface ServiceBusEventQueue extends EventQueue {
  /** Opens a link to one queue and leaves it: touches the service, sends nothing. Throws `QueueError`. */
  probe(queue: string, signal: AbortSignal): Promise<void>;
  /** The client of the present connection, made at the first use; another one after it was found dead. */
  client(): Promise<ServiceBusClient>;
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
]);

/** A send that is given up after so long has a link that may be stuck; one whose caller had little time says nothing about it. */
const stuckAfterMs = 2_000;

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
  ...(message.dueAt !== undefined && { scheduledEnqueueTimeUtc: message.dueAt }),
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

/** What one send needs. */
interface Send {
  readonly queue: string;
  readonly message: QueueMessage;
  readonly abortSignal: AbortSignal;
}

const sendOn = async (
  { client, senders }: Connection,
  { queue, message, abortSignal }: Send,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<void> => {
  const startedMs = clock.monotonicMs();
  const lease = senders.lease(queue, () => client.createSender(queue));
  try {
    await lease.sender.sendMessages(toServiceBusMessage(message), { abortSignal });
  } catch (thrown) {
    const { code } = toQueueError(thrown);
    const isStuck = code === 'aborted' && clock.monotonicMs() - startedMs >= stuckAfterMs;
    if (isStuck || endsSender.has(code)) lease.retire();
    throw thrown;
  } finally {
    lease.release();
  }
};

/**
 * The queue port on `@azure/service-bus`: one sender per queue, kept while it works, on a connection that is kept while it lives. How often the SDK
 * tries again is decided where the client is made. Throws `QueueError` and nothing else; an abort ends every call at once.
 */
export const createServiceBusEventQueue = (
  connect: ConnectServiceBus,
  clock: Pick<Clock, 'monotonicMs' | 'startTimer'>,
): ServiceBusEventQueue => {
  const connections = new ServiceBusConnections(connect, clock);

  const send = async (queue: string, message: QueueMessage, abortSignal: AbortSignal): Promise<void> => {
    refuseLongIds(message);
    if (!connections.isMade) await stopOnAbort(abortSignal, sendAborted, () => connections.current());
    await connections.run(queue, (connection) =>
      stopOnAbort(abortSignal, sendAborted, () => sendOn(connection, { queue, message, abortSignal }, clock)),
    );
  };

  const probe = async (queue: string, signal: AbortSignal): Promise<void> => {
    const { client } = await stopOnAbort(signal, sendAborted, () => connections.current());
    await touch(client.createSender(queue), signal);
  };

  return {
    send: (queue, message, signal) => inOurWords(send(queue, message, signal)),
    probe: (queue, signal) => inOurWords(probe(queue, signal)),
    client: async () => (await connections.current()).client,
    close: () => connections.close(),
  };
};
