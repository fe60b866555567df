import type { InvocationContext } from '@azure/functions';
import {
  type Download,
  EnvelopeError,
  fetchPayload,
  idempotencyKey,
  parseEnvelope,
  type ReceivedEvent,
  type Seen,
  unlessSeen,
} from 'breakwater/consumer';

export interface BotParts {
  readonly download: Download;
  /** Events that the bot has worked on. */
  readonly seen: Seen;
  /** The bot's work, once for each event, and again only if the instance dies at it. What it throws brings the event back. */
  readonly work: (event: ReceivedEvent, payload: Buffer, log: (line: string) => void) => Promise<void>;
}

/** A trigger gives bytes, text or an object, as its `dataType` says; anything else has no envelope in it. */
const eventIn = (message: unknown): ReceivedEvent => {
  if (typeof message === 'string' || (typeof message === 'object' && message !== null)) return parseEnvelope(message);
  throw new EnvelopeError('body-not-bytes', 'The trigger gave neither bytes nor text nor an object');
};

/**
 * Handles one message. When it resolves, the host completes the message; when it throws, the host gives it back, and after the
 * queue's most deliveries Service Bus puts it among the dead letters, with this error in the log.
 */
export const createHandler =
  ({ download, seen, work }: BotParts) =>
  async (message: unknown, context: InvocationContext): Promise<void> => {
    const event = eventIn(message);
    if (event.payload.kind === 'parsed')
      context.warn(
        `The trigger has parsed the message (lost: ${event.payload.lost.join(', ')}): set dataType to binary`,
      );
    const log = (line: string): void => context.log(line);
    const done = await unlessSeen(seen, idempotencyKey(event), async () =>
      work(event, await fetchPayload(event, download), log),
    );
    if (!done) context.log(`${event.attributes.id} has been worked on before`);
  };
