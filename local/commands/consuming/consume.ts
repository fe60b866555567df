import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
  ServiceBusSessionReceiver,
} from '@azure/service-bus';
import { isAborted, isNoSession } from './with-client.js';

export interface ConsumePlan {
  readonly queue: string;
  /** Stop after so many messages. */
  readonly limit: number;
  /** Wait for more when the queue is empty. */
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** Called for each message; it is completed after that. */
  readonly onMessage: (message: ServiceBusReceivedMessage) => void;
}

/** How much was consumed; `sessions` counts those accepted. */
export interface Consumed {
  readonly messages: number;
  readonly sessions: number;
}

const receiverOptions = { skipParsingBodyAsJson: true } as const;
const emptyAfterMs = 1_000;
const batchSize = 20;

const receive = async (
  receiver: ServiceBusReceiver,
  count: number,
  plan: ConsumePlan,
): Promise<readonly ServiceBusReceivedMessage[]> => {
  try {
    return await receiver.receiveMessages(count, { maxWaitTimeInMs: emptyAfterMs, abortSignal: plan.signal });
  } catch (fault) {
    if (isAborted(fault)) return [];
    throw fault;
  }
};

/** Consumes a queue without sessions, as a bot that needs no order does. */
export const consumePlain = async (client: ServiceBusClient, plan: ConsumePlan): Promise<Consumed> => {
  const receiver = client.createReceiver(plan.queue, receiverOptions);
  let messages = 0;
  while (messages < plan.limit && !plan.signal.aborted) {
    const received = await receive(receiver, Math.min(batchSize, plan.limit - messages), plan);
    for (const message of received) {
      plan.onMessage(message);
      await receiver.completeMessage(message);
    }
    messages += received.length;
    if (received.length === 0 && !plan.follow) break;
  }
  await receiver.close();
  return { messages, sessions: 0 };
};

const acceptSession = async (
  client: ServiceBusClient,
  plan: ConsumePlan,
): Promise<ServiceBusSessionReceiver | undefined> => {
  try {
    return await client.acceptNextSession(plan.queue, { ...receiverOptions, abortSignal: plan.signal });
  } catch (fault) {
    if (isNoSession(fault) || isAborted(fault)) return undefined;
    throw fault;
  }
};

/** How many messages of a session wait behind this one, `batchSize` at most. */
const countBehind = async (
  session: ServiceBusSessionReceiver,
  { sequenceNumber }: ServiceBusReceivedMessage,
): Promise<number> => {
  if (sequenceNumber === undefined) return 0;
  const behind = await session.peekMessages(batchSize, { fromSequenceNumber: sequenceNumber.add(1) });
  return behind.filter(({ state }) => state === 'active').length;
};

/** Consumes one session to its end, and never waits for more, so that the next begins when the one before it is done. */
const consumeSession = async (
  session: ServiceBusSessionReceiver,
  plan: ConsumePlan,
  limit: number,
): Promise<number> => {
  let messages = 0;
  let waiting = 1;
  while (waiting > 0 && messages < limit && !plan.signal.aborted) {
    const received = await receive(session, Math.min(waiting, limit - messages), plan);
    for (const message of received) {
      plan.onMessage(message);
      await session.completeMessage(message);
    }
    messages += received.length;
    const last = received.at(-1);
    waiting = last === undefined ? 0 : await countBehind(session, last);
  }
  return messages;
};

/** Consumes a queue with sessions: one session after the other, each in its order. */
export const consumeOrdered = async (client: ServiceBusClient, plan: ConsumePlan): Promise<Consumed> => {
  let messages = 0;
  let sessions = 0;
  while (messages < plan.limit && !plan.signal.aborted) {
    const session = await acceptSession(client, plan);
    if (session === undefined) {
      if (plan.follow) continue;
      break;
    }
    sessions += 1;
    messages += await consumeSession(session, plan, plan.limit - messages).finally(() => session.close());
  }
  return { messages, sessions };
};
