import { eventMessageId } from '../envelope/message-id.js';
import type { GuardedOutbox } from '../outbox/record/guarded-outbox.js';
import { type OutboxRecord, orderTime } from '../outbox/record/outbox-record.js';
import { lanesOf } from '../routing/lanes.js';
import { untagName } from '../shards/shard-of.js';
import type { OwedLanes } from './owed-lanes.js';

/** Behind everything that is known of its lanes, whatever the clocks of the instances say. */
const behindElders = (record: OutboxRecord, lanes: OwedLanes): OutboxRecord => {
  const newest = lanes.newestTime(lanesOf(record.owed));
  if (newest === undefined || newest < record.attributes.time) return record;
  return { ...record, orderedAt: new Date(Date.parse(newest) + 1).toISOString() };
};

/** Writes records as they are, by the time of arrival, and tells `lanes` of each: for events that are older than what their lanes owe. */
export const toldOutbox = (
  { create }: Pick<GuardedOutbox, 'create'>,
  lanes: OwedLanes,
): Pick<GuardedOutbox, 'create'> => ({
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
export const orderedOutbox = (
  outbox: Pick<GuardedOutbox, 'create'>,
  lanes: OwedLanes,
): Pick<GuardedOutbox, 'create'> => {
  const { create } = toldOutbox(outbox, lanes);
  return { create: (record, timeoutMs) => create(behindElders(record, lanes), timeoutMs) };
};
