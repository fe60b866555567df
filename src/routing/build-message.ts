import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { eventMessageId } from '../envelope/event-identity.js';
import type { SessionKeys } from '../providers/provider.js';
import type { Bot } from './bot.js';
import type { QueueMessage } from './event-queue.js';
import { sessionKeyFor } from './lanes.js';

/** An event ready to be sent: its encoded envelope, and what the message's properties are made from. */
export interface EncodedEvent {
  readonly attributes: EnvelopeAttributes;
  readonly body: Buffer;
  /** Lower-case hex SHA-256 of the payload, wherever it lies. */
  readonly sha256: string;
  readonly sessionKeys: SessionKeys;
  readonly repository?: string;
  /** Instead of the id that follows from the event's: then no queue takes the message for a repeat. */
  readonly messageId?: string;
}

/** Who one message is for; `sessionId` for an ordered bot. */
export interface Addressee {
  readonly bot: string;
  readonly sessionId?: string | undefined;
}

/** The message for one addressee: the same id for everyone and every repeat, so that a broker can drop duplicates. */
export const addressMessage = (
  { attributes, body, sha256, repository, ...event }: Omit<EncodedEvent, 'sessionKeys'>,
  { bot, sessionId }: Addressee,
): QueueMessage => ({
  body,
  messageId: event.messageId ?? eventMessageId({ ...attributes, sha256 }),
  ...(sessionId !== undefined && { sessionId }),
  correlationId: attributes.correlationid,
  subject: attributes.type,
  contentType: 'application/cloudevents+json',
  applicationProperties: {
    type: attributes.type,
    provider: attributes.provider,
    event: attributes.event,
    ...(attributes.action !== undefined && { action: attributes.action }),
    ...(repository !== undefined && { repository }),
    bot,
    'Diagnostic-Id': attributes.traceparent,
    traceparent: attributes.traceparent,
    ...(attributes.tracestate !== undefined && { tracestate: attributes.tracestate }),
  },
});

/** The message for one bot. */
export const buildMessage = (event: EncodedEvent, bot: Bot): QueueMessage =>
  addressMessage(event, { bot: bot.name, sessionId: sessionKeyFor(bot, event.sessionKeys) });
