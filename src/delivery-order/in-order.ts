import type { GuardedOutbox } from '../outbox/guarded-outbox.js';
import type { GuardedSend } from '../routing/route-event.js';
import { orderedOutbox } from './ordered-outbox.js';
import { type OrderedSendPorts, orderedSend } from './ordered-send.js';

/** How new events are sent, and written down where they cannot be, without overtaking what their sessions are owed. */
export interface InOrder {
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
}

export interface InOrderPorts extends OrderedSendPorts {
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
}

/** One for each process: it knows what the process owes. */
export const createInOrder = ({ send, outbox, ...ports }: InOrderPorts): InOrder => ({
  send: orderedSend(send, ports),
  outbox: orderedOutbox(outbox, ports.lanes),
});
