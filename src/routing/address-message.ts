import { hash } from 'node:crypto';
import type { EnvelopeAttributes } from '../envelope/event-envelope.js';
import { eventMessageId } from '../envelope/event-identity.js';
import type { SessionKeys } from '../providers/provider.js';
import type { Bot } from './bot.js';
import type { QueueMessage } from './event-queue.js';

/** What Service Bus accepts as a session id, and every log and header can show. */
const plainKey = /^[\x20-\x7e]{1,128}$/;

const fitted = (key: string): string => (plainKey.test(key) ? key : hash('sha256', key, 'hex'));

/** The session that keeps a bot's events in order, `undefined` for a bot that is not ordered. Unfit keys are hashed (SHA-256, hex). */
export const sessionKeyFor = (bot: Pick<Bot, 'ordered' | 'orderBy'>, keys: SessionKeys): string | undefined =>
  bot.ordered ? fitted(keys[bot.orderBy]) : undefined;

/** The envelope's `partitionkey`: the session key of a bot ordered by entity. */
export const partitionKeyOf = (keys: SessionKeys): string => fitted(keys.entity);

/** The other keys in the form that sessions use: short when stored, and fitting again changes nothing. */
export const fittedKeys = ({ repository, source }: SessionKeys): Omit<SessionKeys, 'entity'> => ({
  repository: fitted(repository),
  source: fitted(source),
});

/** The queue and, for an ordered bot, the session that one copy goes to. */
export interface Destination {
  readonly queue: string;
  readonly sessionId?: string | undefined;
}

/** What must not overtake each other: the copies of one queue and session. A copy without a session has no lane. */
export const laneOf = ({ queue, sessionId }: Destination): string | undefined =>
  sessionId === undefined ? undefined : `${queue}\n${sessionId}`;

/** The lanes of several copies; those without a session have none. */
export const lanesOf = (copies: readonly Destination[]): readonly string[] =>
  copies.flatMap((copy) => laneOf(copy) ?? []);

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
