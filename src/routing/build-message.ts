import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { messageId } from '../envelope/message-id.js';
import type { SessionKeys } from '../providers/provider.js';
import type { Bot } from './bot.js';
import type { QueueMessage } from './event-queue.js';
import { sessionKeyFor } from './session-key.js';

/** An event ready to be sent: its encoded envelope, and what the message's properties are made from. */
export interface EncodedEvent {
  readonly attributes: EnvelopeAttributes;
  readonly body: Buffer;
  readonly sessionKeys: SessionKeys;
  readonly repository?: string;
}

/** The message for one bot: the same id for every bot and every repeat, so that a broker can drop duplicates. */
export const buildMessage = (event: EncodedEvent, bot: Bot): QueueMessage => {
  const { attributes } = event;
  const sessionId = sessionKeyFor(bot, event.sessionKeys);
  return {
    body: event.body,
    messageId: messageId(attributes.id),
    ...(sessionId !== undefined && { sessionId }),
    correlationId: attributes.correlationid,
    subject: attributes.type,
    contentType: 'application/cloudevents+json',
    applicationProperties: {
      type: attributes.type,
      provider: attributes.provider,
      event: attributes.event,
      ...(attributes.action !== undefined && { action: attributes.action }),
      ...(event.repository !== undefined && { repository: event.repository }),
      bot: bot.name,
      'Diagnostic-Id': attributes.traceparent,
      traceparent: attributes.traceparent,
    },
  };
};
