import { eventMessageId } from '../envelope/event-identity.js';
import type { Delivered } from '../outbox/record/delivered-copies.js';
import { type OutboxRecord, orderTime } from '../outbox/record/outbox-record.js';
import type { GuardedOutbox } from '../outbox/record/outbox-store.js';
import { lanesOf } from '../routing/address-message.js';
import type { GuardedSend } from '../routing/route-event.js';
import { untagName } from '../shards/shard-of.js';
import { type OrderedSendPorts, orderedSend } from './ordered-send.js';
import type { OwedLanes } from './owed-lanes.js';

/** Behind everything that is known of its lanes, whatever the clocks of the instances say. */
const behindElders = (record: OutboxRecord, lanes: OwedLanes): OutboxRecord => {
  const all = lanesOf(record.owed);
  const orderedAt = lanes.orderedAt(all, record.attributes.time);
  return {
    ...record,
    ...(orderedAt !== undefined && { orderedAt }),
    ...(lanes.waitInBacklog(all) && { behindBacklog: true }),
  };
};

/** Writes records unchanged, by time of arrival, and reports each to `lanes`: for events that are older than what their lanes owe. */
const toldOutbox = ({ create }: Pick<GuardedOutbox, 'create'>, lanes: OwedLanes): Pick<GuardedOutbox, 'create'> => ({
  create: async (record, timeoutMs) => {
    const created = await create(record, timeoutMs);
    const messageId = eventMessageId({ ...record.attributes, sha256: record.payload.sha256 });
    if (created.ok) {
      lanes.recorded(
        record.owed.map(({ queue, sessionId }) => ({ queue, sessionId, messageId })),
        { time: orderTime(record), outbox: untagName(record.payload.archiveName).shard },
      );
    }
    return created;
  },
});

/** The same, each behind all that its lanes owe. */
const orderedOutbox = (outbox: Pick<GuardedOutbox, 'create'>, lanes: OwedLanes): Pick<GuardedOutbox, 'create'> => {
  const { create } = toldOutbox(outbox, lanes);
  return { create: (record, timeoutMs) => create(behindElders(record, lanes), timeoutMs) };
};

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
