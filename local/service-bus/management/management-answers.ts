import { ZodError } from 'zod';
import { badRequest, notImplemented, notWritten } from '../amqp/amqp-failure.js';
import { MalformedMessage } from '../amqp/encoded-value.js';
import type { QueueEntity, QueueSide } from '../broker/queue-entity.js';
import { type FaultSwitch, refusalOf } from '../wire/fault-switch.js';
import type { AnswerRequest } from '../wire/request-links.js';
import { failed, type ManagementResult, managementReply } from './management-reply.js';
import { messageOperations } from './message-operations.js';
import { scheduleOperations } from './schedule-operations.js';
import { sessionOperations } from './session-operations.js';

/** The queue a request is about: `side` is the queue itself or its dead letters. */
export interface ManagedQueue {
  readonly entity: QueueEntity;
  readonly side: QueueSide;
}

/** One operation on a queue; `body` is the request's, as decoded from AMQP and not yet checked, and `raw` the whole request. */
export type ManagementOperation = (body: unknown, managed: ManagedQueue, raw: Buffer) => ManagementResult;

const operations: ReadonlyMap<unknown, ManagementOperation> = new Map(
  Object.entries({ ...messageOperations, ...scheduleOperations, ...sessionOperations }).map(
    ([name, operation]) => [`com.microsoft:${name}`, operation] as const,
  ),
);

/** Answers the requests on a queue's `$management`, once what they changed is written down. */
export function managementAnswers(entity: QueueEntity, side: QueueSide, faults: FaultSwitch): AnswerRequest {
  return (request, reply, raw) => {
    if (faults.fault === 'unresponsive') return;
    const refusal = refusalOf(faults);
    const result = refusal === undefined ? run(request, { entity, side }, raw) : failed(refusal);
    entity.journal.whenWritten((error) => reply(managementReply(error === undefined ? result : failed(notWritten))));
  };
}

function run(request: Parameters<AnswerRequest>[0], managed: ManagedQueue, raw: Buffer): ManagementResult {
  const name: unknown = request.application_properties?.['operation'];
  const operation = operations.get(name);
  if (operation === undefined)
    return failed(notImplemented(`This stand-in for Service Bus has no operation '${String(name)}'.`));
  try {
    return operation(request.body, managed, raw);
  } catch (error) {
    if (error instanceof ZodError || error instanceof MalformedMessage) return failed(badRequest(error.message));
    throw error;
  }
}
