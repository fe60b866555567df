import { ServiceBusClient, type ServiceBusReceivedMessage, type ServiceBusReceiver } from '@azure/service-bus';

/** One received message: what a bot sees of it. `body` is the envelope's bytes. */
export interface ReceivedMessage {
  readonly messageId: string;
  readonly sessionId: string | undefined;
  readonly subject: string | undefined;
  readonly body: Buffer;
}

const bytesOf = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  throw new TypeError('The message body is not bytes');
};

const read = ({ messageId, sessionId, subject, body }: ServiceBusReceivedMessage): ReceivedMessage => ({
  messageId: String(messageId),
  sessionId,
  subject,
  body: bytesOf(body),
});

const drain = async (receiver: ServiceBusReceiver): Promise<readonly ReceivedMessage[]> => {
  const received: ReceivedMessage[] = [];
  for (;;) {
    const messages = await receiver.receiveMessages(100, { maxWaitTimeInMs: 1_000 });
    if (messages.length === 0) return received;
    received.push(...messages.map(read));
    await Promise.all(messages.map((message) => receiver.completeMessage(message)));
  }
};

const options = { skipParsingBodyAsJson: true } as const;

/** Consumes a queue without sessions, in its order, until it is empty. */
export const receiveAll = async (connectionString: string, queue: string): Promise<readonly ReceivedMessage[]> => {
  const client = new ServiceBusClient(connectionString);
  try {
    return await drain(client.createReceiver(queue, options));
  } finally {
    await client.close();
  }
};

const noSessionLeft = (fault: unknown): undefined => {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  if (code === 'ServiceTimeout' || code === 'SessionCannotBeLocked') return undefined;
  throw fault;
};

const drainSessions = async (
  client: ServiceBusClient,
  queue: string,
): Promise<ReadonlyMap<string, readonly ReceivedMessage[]>> => {
  const sessions = new Map<string, readonly ReceivedMessage[]>();
  for (;;) {
    const receiver = await client.acceptNextSession(queue, options).catch(noSessionLeft);
    if (receiver === undefined) return sessions;
    sessions.set(receiver.sessionId, await drain(receiver));
    await receiver.close();
  }
};

/** Consumes an ordered queue session by session, as a bot does, until no session is left. */
export const receiveSessions = async (
  connectionString: string,
  queue: string,
): Promise<ReadonlyMap<string, readonly ReceivedMessage[]>> => {
  const client = new ServiceBusClient(connectionString, { retryOptions: { maxRetries: 0, timeoutInMs: 2_000 } });
  try {
    return await drainSessions(client, queue);
  } finally {
    await client.close();
  }
};
