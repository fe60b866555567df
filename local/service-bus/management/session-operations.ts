import * as z from 'zod';
import { messageTooLarge, sessionLockLost } from '../amqp/amqp-failure.js';
import type { ManagementOperation } from './management-answers.js';
import { done, failed } from './management-reply.js';

const sessionRequest = z.object({ 'session-id': z.string() });
const stateRequest = z.object({ 'session-id': z.string(), 'session-state': z.instanceof(Buffer).nullish() });
const listRequest = z.object({ skip: z.int().nonnegative(), top: z.int().nonnegative() });

const renewSessionLock: ManagementOperation = (body, { side }) => {
  const lock = side.queue.heldSession(sessionRequest.parse(body)['session-id']);
  if (lock === undefined) return failed(sessionLockLost);
  return done({ expiration: new Date(side.queue.renewSession(lock)) });
};

const getSessionState: ManagementOperation = (body, { side }) => {
  const id = sessionRequest.parse(body)['session-id'];
  if (side.queue.heldSession(id) === undefined) return failed(sessionLockLost);
  return done({ 'session-state': side.queue.state.sessionState(id) ?? null });
};

const setSessionState: ManagementOperation = (body, { entity, side }) => {
  const request = stateRequest.parse(body);
  const id = request['session-id'];
  const state = request['session-state'] ?? undefined;
  const { maxMessageBytes } = entity.definition;
  if (side.queue.heldSession(id) === undefined) return failed(sessionLockLost);
  if (state !== undefined && state.length > maxMessageBytes)
    return failed(messageTooLarge(state.length, maxMessageBytes));
  side.queue.setSessionState(id, state);
  return done();
};

const getMessageSessions: ManagementOperation = (body, { side }) => {
  const { skip, top } = listRequest.parse(body);
  const sessions = new Set(side.queue.state.sessionsWithState());
  for (const { content } of side.queue.state.messages())
    if (content.sessionId !== undefined) sessions.add(content.sessionId);
  const page = [...sessions].slice(skip, skip + top);
  return page.length === 0 ? { kind: 'nothing' } : done({ skip: skip + page.length, 'sessions-ids': page });
};

/** A session's lock and its state, and which sessions there are. */
export const sessionOperations = {
  'renew-session-lock': renewSessionLock,
  'get-session-state': getSessionState,
  'set-session-state': setSessionState,
  'get-message-sessions': getMessageSessions,
};
