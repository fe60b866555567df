import type { ServiceBusClient, ServiceBusReceivedMessage, ServiceBusSessionReceiver } from '@azure/service-bus';
import {
  type Download,
  EnvelopeError,
  fetchPayload,
  idempotencyKey,
  parseEnvelope,
  type ReceivedEvent,
  type Seen,
  traceContext,
  unlessSeen,
} from '../../src/consumer/consumer.js';

export interface BotOptions {
  readonly client: ServiceBusClient;
  /** A queue with sessions: the bot's own, `ordered` in bots.json. */
  readonly queue: string;
  readonly download: Download;
  /** Events that the bot has worked on. */
  readonly seen: Seen;
  /** Does the bot's work, once for each event, and again only if the bot dies at it. What it throws brings the event back. */
  readonly handle: (event: ReceivedEvent, payload: Buffer) => Promise<void>;
  /** Ends the bot after the event it is at. */
  readonly signal: AbortSignal;
}

/** The line that the example prints for an event; by its trace all else that was said of it is found. */
export const lineOf = (event: ReceivedEvent, payload: Buffer): string => {
  const { id, type, subject, partitionkey } = event.attributes;
  return JSON.stringify({
    id,
    type,
    subject,
    partitionkey,
    bytes: payload.length,
    trace: traceContext(event)?.traceId,
  });
};

/** Sessions come one by one; a session that has nothing for so long makes room for the next. */
const idleMs = 2_000;

const isNoSession = (fault: unknown): boolean =>
  fault instanceof Error &&
  'code' in fault &&
  (fault.code === 'ServiceTimeout' || fault.code === 'SessionCannotBeLocked');

/** The next session with messages, `undefined` when there is none now. */
const acceptSession = async ({ client, queue, signal }: BotOptions): Promise<ServiceBusSessionReceiver | undefined> => {
  try {
    // The payload must stay as it was sent, so the SDK must not parse it.
    return await client.acceptNextSession(queue, { skipParsingBodyAsJson: true, abortSignal: signal });
  } catch (fault) {
    if (isNoSession(fault) || signal.aborted) return undefined;
    throw fault;
  }
};

const process = async (
  { download, seen, handle }: BotOptions,
  session: ServiceBusSessionReceiver,
  message: ServiceBusReceivedMessage,
): Promise<void> => {
  try {
    const event = parseEnvelope(message);
    await unlessSeen(seen, idempotencyKey(event), async () => handle(event, await fetchPayload(event, download)));
    await session.completeMessage(message);
  } catch (fault) {
    if (!(fault instanceof EnvelopeError)) return session.abandonMessage(message);
    const { code, message: description } = fault;
    await session.deadLetterMessage(message, { deadLetterReason: code, deadLetterErrorDescription: description });
  }
};

/** Receives session by session, one event after the other within each: the order in which they happened. */
export const runBot = async (options: BotOptions): Promise<void> => {
  const { signal } = options;
  while (!signal.aborted) {
    const session = await acceptSession(options);
    if (session === undefined) continue;
    try {
      for (;;) {
        const [message] = signal.aborted ? [] : await session.receiveMessages(1, { maxWaitTimeInMs: idleMs });
        if (message === undefined) break;
        await process(options, session, message);
      }
    } finally {
      await session.close();
    }
  }
};
