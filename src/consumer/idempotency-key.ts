import { createHash } from 'node:crypto';
import { eventMessageId } from '../envelope/message-id.js';
import type { ReceivedEvent } from './parse-envelope.js';

/**
 * The same text for every copy of one event: route, id and the payload's SHA-256, as its message id says. A forced replay, which
 * has a message id of its own, has this key all the same.
 */
export const idempotencyKey = ({ attributes, payload }: ReceivedEvent): string => {
  const sha256 = payload.kind === 'inline' ? createHash('sha256').update(payload.bytes).digest('hex') : payload.sha256;
  return eventMessageId({ provider: attributes.provider, id: attributes.id, sha256 });
};
