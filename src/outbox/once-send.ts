import type { GuardedSend } from '../routing/route-event.js';
import type { DeliveredCopies } from './delivered-copies.js';

/** Sends nothing that the outbox has delivered already: such a copy is answered as sent. */
export const onceSend =
  (send: GuardedSend, delivered: DeliveredCopies): GuardedSend =>
  async (queue, message, timeoutMs) => {
    await delivered.ready();
    return delivered.has(queue, message.messageId) ? { ok: true, value: undefined } : send(queue, message, timeoutMs);
  };
