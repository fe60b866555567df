import rhea from 'rhea';
import * as z from 'zod';
import { messageLockLost, messageNotFound, sessionLockLost } from '../amqp/amqp-failure.js';
import { encodeDelivery } from '../amqp/encode-delivery.js';
import { type TypedValues, typedBody, typedEntries } from '../amqp/typed-value.js';
import { refusalOfSettlement } from '../broker/admit-messages.js';
import type { Settlement } from '../broker/message-lock.js';
import type { ManagementOperation } from './management-answers.js';
import { done, failed } from './management-reply.js';

const { types } = rhea;
const timestampCode = 0x83;
const peekBytes = 1024 * 1024;

const lockTokens = z.array(z.instanceof(Buffer));
const sessionId = z.string().nullish();

const peekRequest = z.object({
  'from-sequence-number': z.number(),
  'message-count': z.int().positive(),
  'session-id': sessionId,
});

const renewRequest = z.object({ 'lock-tokens': lockTokens });

const deferredRequest = z.object({
  'sequence-numbers': z.array(z.number()),
  'receiver-settle-mode': z.number(),
  'session-id': sessionId,
});

const dispositionRequest = z.object({
  'lock-tokens': lockTokens,
  'disposition-status': z.enum(['completed', 'abandoned', 'defered', 'suspended']),
  'deadletter-reason': z.string().nullish(),
  'deadletter-description': z.string().nullish(),
  'session-id': sessionId,
});

const peek: ManagementOperation = (body, { side }) => {
  const request = peekRequest.parse(body);
  const messages: { message: Buffer }[] = [];
  let bytes = 0;
  for (const message of side.queue.state.messages()) {
    if (messages.length >= request['message-count'] || bytes >= peekBytes) break;
    if (message.sequenceNumber < request['from-sequence-number']) continue;
    if (typeof request['session-id'] === 'string' && message.content.sessionId !== request['session-id']) continue;
    messages.push({ message: encodeDelivery(message) });
    bytes += message.content.raw.length;
  }
  return messages.length === 0 ? { kind: 'nothing' } : done({ messages });
};

const renewLock: ManagementOperation = (body, { side }) => {
  const tokens = renewRequest.parse(body)['lock-tokens'];
  const ends = tokens.map((token) => side.queue.renewLock(token.toString('hex')));
  if (ends.includes(undefined)) return failed(messageLockLost);
  return done({ expirations: types.wrap_array(ends, timestampCode, undefined) });
};

const receiveBySequenceNumber: ManagementOperation = (body, { side }) => {
  const request = deferredRequest.parse(body);
  const id = request['session-id'];
  const session = typeof id === 'string' && side.queue.rules.requiresSession ? side.queue.heldSession(id) : undefined;
  if (side.queue.rules.requiresSession && session === undefined) return failed(sessionLockLost);
  const mode = request['receiver-settle-mode'] === 0 ? 'receive-and-delete' : 'peek-lock';
  const deliveries = request['sequence-numbers']
    .map((sequenceNumber) => side.queue.receiveDeferred(sequenceNumber, mode, session))
    .filter((delivery) => delivery !== undefined);
  if (deliveries.length === 0) return failed(messageNotFound);
  const messages = deliveries.map(({ message, lock }) => ({
    message: encodeDelivery(message, lock?.untilMs),
    ...(lock === undefined ? {} : { 'lock-token': types.wrap_uuid(Buffer.from(lock.token, 'hex')) }),
  }));
  return done({ messages });
};

const updateDisposition: ManagementOperation = (body, { side }, raw) => {
  const request = dispositionRequest.parse(body);
  const id = request['session-id'];
  const session = typeof id === 'string' && side.queue.rules.requiresSession ? side.queue.heldSession(id) : undefined;
  const settlement = settlementOf(request, typedEntries(typedBody(raw)['properties-to-modify']));
  const refusal = refusalOfSettlement(settlement);
  if (refusal !== undefined) return failed(refusal);
  const settled = request['lock-tokens'].map((token) => side.queue.settle(token.toString('hex'), settlement, session));
  return settled.every(Boolean) ? done() : failed(messageLockLost);
};

function settlementOf(request: z.infer<typeof dispositionRequest>, changes: TypedValues): Settlement {
  switch (request['disposition-status']) {
    case 'completed':
      return { kind: 'complete' };
    case 'abandoned':
      return { kind: 'abandon', count: true, changes };
    case 'defered':
      return { kind: 'defer', changes };
    case 'suspended': {
      const reason = request['deadletter-reason'] ?? undefined;
      const description = request['deadletter-description'] ?? undefined;
      return { kind: 'dead-letter', reason, description, changes };
    }
  }
}

/** Peek, renew, receive what was set aside, settle without a link. */
export const messageOperations = {
  'peek-message': peek,
  'renew-lock': renewLock,
  'receive-by-sequence-number': receiveBySequenceNumber,
  'update-disposition': updateDisposition,
};
