import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import Long from 'long';
import { sendAborted, toQueueError } from '../routing/classify-queue-error.js';
import type { QueueMessage } from '../routing/event-queue.js';
import type { Clock } from '../time/clock.js';
import { stopOnAbort } from '../time/clock.js';
import { type BurstCount, type BurstSource, type HeldSession, mostCounted, type WaitingEvent } from './burst-source.js';

/** The namespace's client, or how to get it. */
export type ServiceBusClientSource = () => ServiceBusClient | Promise<ServiceBusClient>;

const peekedAtOnce = 100;
/** What is looked at in one go; the rest is when these are gone. */
const mostPeeked = 5_000;
const maxWaitTimeInMs = 1_000;

const inOurWords = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  try {
    return await stopOnAbort(signal, sendAborted, work);
  } catch (thrown) {
    throw toQueueError(thrown);
  }
};

/**
 * Everything, whether it is due or scheduled: looking locks nothing and counts as no delivery. It says where to begin: of itself the SDK
 * goes on where the last look at the queue ended, be it at another session.
 */
const peekAll = async (
  receiver: ServiceBusSessionReceiver,
  abortSignal: AbortSignal,
): Promise<readonly ServiceBusReceivedMessage[]> => {
  const all: ServiceBusReceivedMessage[] = [];
  while (all.length < mostPeeked) {
    const fromSequenceNumber = all.at(-1)?.sequenceNumber?.add(1) ?? Long.ZERO;
    const page = await receiver.peekMessages(peekedAtOnce, { fromSequenceNumber, abortSignal });
    if (page.length === 0) break;
    all.push(...page);
  }
  return all;
};

const toText = (properties: ServiceBusReceivedMessage['applicationProperties'] = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, String(value)]));

const toQueueMessage = (message: ServiceBusReceivedMessage): QueueMessage => ({
  body: Buffer.isBuffer(message.body) ? message.body : Buffer.alloc(0),
  messageId: String(message.messageId ?? ''),
  ...(message.sessionId !== undefined && { sessionId: message.sessionId }),
  correlationId: String(message.correlationId ?? ''),
  subject: message.subject ?? '',
  contentType: message.contentType ?? '',
  applicationProperties: toText(message.applicationProperties),
});

const isDue = ({ state }: ServiceBusReceivedMessage): boolean => state === 'active';

const toWaiting = (message: ServiceBusReceivedMessage): WaitingEvent => ({
  message: toQueueMessage(message),
  sequence: message.sequenceNumber?.toNumber() ?? 0,
  dueAtMs: (message.enqueuedTimeUtc ?? message.scheduledEnqueueTimeUtc ?? new Date(0)).getTime(),
  isDue: isDue(message),
});

const completeOldest = async (
  receiver: ServiceBusSessionReceiver,
  count: number,
  abortSignal: AbortSignal,
): Promise<void> => {
  for (let left = count; left > 0; ) {
    const messages = await receiver.receiveMessages(left, { maxWaitTimeInMs, abortSignal });
    if (messages.length === 0) return;
    // One after another: two settlements of neighbours in the same moment can take the same outcome.
    for (const message of messages) await receiver.completeMessage(message);
    left -= messages.length;
  }
};

const holdOn = (receiver: ServiceBusSessionReceiver): HeldSession => ({
  sessionId: receiver.sessionId,
  waiting: (signal) => inOurWords(signal, async () => (await peekAll(receiver, signal)).map(toWaiting)),
  readState: (signal) =>
    inOurWords(signal, async () => {
      const state: unknown = await receiver.getSessionState({ abortSignal: signal });
      return typeof state === 'string' ? Buffer.from(state) : undefined;
    }),
  writeState: (state, signal) =>
    inOurWords(signal, () => receiver.setSessionState(state?.toString() ?? null, { abortSignal: signal })),
  complete: (count, signal) => inOurWords(signal, () => completeOldest(receiver, count, signal)),
  close: async () => {
    // Closing a link that hangs can take a minute, and its failure is of no use to anybody.
    void receiver.close().catch(() => {});
  },
});

/** Who has no session to give within this time has none: Service Bus itself waits for longer. */
const nextWaitMs = 1_000;

const saysNone = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ServiceTimeout';

/** The SDK goes on asking after it was given up: a session that comes late is let go at once. */
const acceptSoon = async (
  asked: Promise<ServiceBusSessionReceiver>,
  clock: Pick<Clock, 'startTimer'>,
): Promise<HeldSession | undefined> => {
  let isLate = false;
  const accepted = asked.then(
    (receiver) => {
      const session = holdOn(receiver);
      if (!isLate) return session;
      void session.close();
      return undefined;
    },
    (thrown: unknown) => {
      if (isLate || saysNone(thrown)) return undefined;
      throw thrown;
    },
  );
  const { promise: over, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.startTimer(nextWaitMs, () => {
    isLate = true;
    resolve(undefined);
  });
  try {
    return await Promise.race([accepted, over]);
  } finally {
    isLate = true;
    cancel();
  }
};

/** For all sessions: a receiver that only peeks needs none. */
const countIn = async (client: ServiceBusClient, queue: string, abortSignal: AbortSignal): Promise<BurstCount> => {
  const receiver = client.createReceiver(queue, { skipParsingBodyAsJson: true });
  try {
    const counted = await receiver.peekMessages(mostCounted, { fromSequenceNumber: Long.ZERO, abortSignal });
    const bursts = new Set(counted.map(({ sessionId }) => sessionId)).size;
    const dueAtMs = counted.map((message) => toWaiting(message).dueAtMs);
    return { bursts, ...(bursts > 0 && { oldestDueAtMs: Math.min(...dueAtMs) }) };
  } finally {
    void receiver.close().catch(() => {});
  }
};

/** Burst queues on `@azure/service-bus`: scheduled messages, sessions and their state. Throws `QueueError` and nothing else. */
export const createServiceBusBurstSource = (
  source: ServiceBusClientSource,
  clock: Pick<Clock, 'startTimer'>,
): BurstSource => ({
  next: (queue, signal) =>
    inOurWords(signal, async () => {
      const client = await source();
      const options = { maxAutoLockRenewalDurationInMs: 0, skipParsingBodyAsJson: true };
      return acceptSoon(client.acceptNextSession(queue, options), clock);
    }),
  count: (queue, signal) => inOurWords(signal, async () => countIn(await source(), queue, signal)),
});
