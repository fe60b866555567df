import type { GuardedSend } from '../../routing/route-event.js';
import type { Delivered } from './delivered-copies.js';

/** Of the time for a send, what storage may take to say what is known: so little that the send still begins before the last resort. */
export const shareOfKnowing = 0.25;

/** Sends nothing that the outbox has delivered already: such a copy is answered as sent. */
export const onceSend =
  (send: GuardedSend, delivered: Delivered): GuardedSend =>
  async (queue, message, timeoutMs) => {
    await delivered.ready(timeoutMs * shareOfKnowing);
    return delivered.has(queue, message.messageId) ? { ok: true, value: undefined } : send(queue, message, timeoutMs);
  };
