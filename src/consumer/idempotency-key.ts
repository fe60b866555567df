import { createHash } from 'node:crypto';
import { eventMessageId } from '../envelope/event-identity.js';
import { bytesInHand } from './fetch-payload.js';
import type { ReceivedEvent } from './parse-envelope.js';

/**
 * The same text for every copy of one event: route, id and the payload's SHA-256, as its message id says. A forced replay, which
 * has a message id of its own, has this key all the same. Of a payload that was `parsed` before the key is another than of its bytes, so one
 * bot should always be given its messages in one way.
 */
export const idempotencyKey = ({ attributes, payload }: ReceivedEvent): string => {
  const sha256 =
    payload.kind === 'claim-check' ? payload.sha256 : createHash('sha256').update(bytesInHand(payload)).digest('hex');
  return eventMessageId({ provider: attributes.provider, id: attributes.id, sha256 });
};
