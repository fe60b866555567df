import type { Delivered } from '../outbox/record/delivered-copies.js';
import type { GuardedOutbox } from '../outbox/record/guarded-outbox.js';
import type { GuardedSend } from '../routing/route-event.js';
import { orderedOutbox, toldOutbox } from './ordered-outbox.js';
import { type OrderedSendPorts, orderedSend } from './ordered-send.js';

/** How new events are sent, and written down where they cannot be, without overtaking what their sessions are owed. */
export interface InOrder {
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
  /** For what was left behind, and arrived before what its sessions owe. */
  readonly outboxOfElders: Pick<GuardedOutbox, 'create'>;
  readonly ordering: Ordering;
}

/** Puts the order of deliveries around other ways of sending and writing down. */
export interface Ordering {
  send(send: GuardedSend): GuardedSend;
  outbox(outbox: Pick<GuardedOutbox, 'create'>): Pick<GuardedOutbox, 'create'>;
}

export interface InOrderPorts extends OrderedSendPorts {
  /** What the outbox has delivered already. */
  readonly delivered: Delivered;
  readonly send: GuardedSend;
  readonly outbox: Pick<GuardedOutbox, 'create'>;
}

/** One for each process: it knows what the process owes. */
export const createInOrder = ({ send, outbox, delivered, ...ports }: InOrderPorts): InOrder => {
  const ordering: Ordering = {
    send: (other) => orderedSend(other, ports),
    outbox: (other) => orderedOutbox(other, ports.lanes),
  };
  return {
    send: orderedSend(send, ports, delivered),
    outbox: ordering.outbox(outbox),
    outboxOfElders: toldOutbox(outbox, ports.lanes),
    ordering,
  };
};
