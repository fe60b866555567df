import rhea from 'rhea';
import * as z from 'zod';
import { messageNotFound, messageTooLarge } from '../amqp/amqp-failure.js';
import { parseMessage } from '../amqp/message-content.js';
import { refusalOf } from '../broker/admit-messages.js';
import type { ManagementOperation } from './management-answers.js';
import { done, failed } from './management-reply.js';

const longCode = 0x81;

const scheduleRequest = z.object({ messages: z.array(z.object({ message: z.instanceof(Buffer) })) });
const cancelRequest = z.object({ 'sequence-numbers': z.array(z.number()) });

const schedule: ManagementOperation = (body, { entity }) => {
  const contents = scheduleRequest.parse(body).messages.map(({ message }) => parseMessage(message));
  const { maxMessageBytes } = entity.definition;
  const tooLarge = contents.find(({ raw }) => raw.length > maxMessageBytes);
  if (tooLarge !== undefined) return failed(messageTooLarge(tooLarge.raw.length, maxMessageBytes));
  const refusal = refusalOf(entity, contents);
  if (refusal !== undefined) return failed(refusal);
  const numbers = contents.map((content) => {
    const sent = entity.main.queue.send(content);
    return sent === 'duplicate' ? 0 : sent.sequenceNumber;
  });
  return done({ 'sequence-numbers': rhea.types.wrap_array(numbers, longCode, undefined) });
};

const cancel: ManagementOperation = (body, { entity }) => {
  const numbers = cancelRequest.parse(body)['sequence-numbers'];
  const cancelled = numbers.map((sequenceNumber) => entity.main.queue.cancelScheduled(sequenceNumber));
  return cancelled.every(Boolean) ? done() : failed(messageNotFound);
};

/** Send for later, and take it back. */
export const scheduleOperations = { 'schedule-message': schedule, 'cancel-scheduled-message': cancel };
