import {
  type AmqpFailure,
  malformed,
  messageTooLarge,
  notAllowed,
  propertiesTooLarge,
  propertyLimits,
  queueDisabled,
  queueFull,
} from '../amqp/amqp-failure.js';
import { bytesOfChanges, largestPropertyBytes } from '../amqp/change-application-properties.js';
import { MalformedMessage } from '../amqp/encoded-value.js';
import { type MessageContent, parseMessage } from '../amqp/message-content.js';
import { batchMessageFormat, unpackBatch } from '../amqp/unpack-batch.js';
import type { Settlement } from './message-lock.js';
import type { QueueEntity } from './queue-entity.js';

const sessionIdMissing = notAllowed(
  'The SessionId was not set on a message, and it cannot be sent to the entity. Entities that have session support ' +
    'enabled can only receive messages that have the SessionId set to a valid value.',
);

/** Takes one transfer into the queue: all of its messages, or none and the reason. */
export function admitTransfer(entity: QueueEntity, raw: Buffer, format: number): AmqpFailure | undefined {
  const { maxMessageBytes } = entity.definition;
  if (raw.length > maxMessageBytes) return messageTooLarge(raw.length, maxMessageBytes);
  try {
    const contents = format === batchMessageFormat ? unpackBatch(raw).map(parseMessage) : [parseMessage(raw)];
    const failure = refusalOf(entity, contents);
    if (failure === undefined) for (const content of contents) entity.main.queue.send(content);
    return failure;
  } catch (error) {
    if (error instanceof MalformedMessage) return malformed(error.message);
    throw error;
  }
}

/** Why the queue will not take these messages; undefined when it will. */
export function refusalOf(entity: QueueEntity, contents: readonly MessageContent[]): AmqpFailure | undefined {
  const { definition, status, main, deadLetters } = entity;
  if (status === 'disabled') return queueDisabled(definition.name);
  if (definition.requiresSession && contents.some(({ sessionId }) => sessionId === undefined)) return sessionIdMissing;
  if (contents.some(hasTooLargeProperties)) return propertiesTooLarge;
  const bytes = contents.reduce((sum, { raw }) => sum + raw.length, 0);
  const isFull = main.queue.state.bytes + deadLetters.queue.state.bytes + bytes > definition.maxQueueBytes;
  return isFull ? queueFull(definition.name, definition.maxQueueBytes) : undefined;
}

function hasTooLargeProperties(content: MessageContent): boolean {
  if (content.bodyStart <= propertyLimits.oneBytes) return false;
  return content.bodyStart > propertyLimits.allBytes || largestPropertyBytes(content) > propertyLimits.oneBytes;
}

/** Why a receiver's decision will not be carried out: what it sets on the message is too large. */
export function refusalOfSettlement(settlement: Settlement): AmqpFailure | undefined {
  if (settlement.kind === 'complete') return undefined;
  return bytesOfChanges(settlement.changes) > propertyLimits.allBytes ? propertiesTooLarge : undefined;
}
