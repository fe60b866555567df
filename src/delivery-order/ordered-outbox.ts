import { eventMessageId } from '../envelope/message-id.js';
import type { GuardedOutbox } from '../outbox/guarded-outbox.js';
import { type OutboxRecord, orderTime } from '../outbox/outbox-record.js';
import { untagName } from '../shards/shard-of.js';
import { lanesOf } from './lane.js';
import type { OwedLanes } from './owed-lanes.js';

/** Behind everything that is known of its lanes, whatever the clocks of the instances say. */
const behindElders = (record: OutboxRecord, lanes: OwedLanes): OutboxRecord => {
  const newest = lanes.newestTime(lanesOf(record.owed));
  if (newest === undefined || newest < record.attributes.time) return record;
  return { ...record, orderedAt: new Date(Date.parse(newest) + 1).toISOString() };
};

/** Writes records in the order of their lanes, and tells `lanes` of each. */
export const orderedOutbox = (
  { create }: Pick<GuardedOutbox, 'create'>,
  lanes: OwedLanes,
): Pick<GuardedOutbox, 'create'> => ({
  create: async (record, timeoutMs) => {
    const ordered = behindElders(record, lanes);
    const created = await create(ordered, timeoutMs);
    const messageId = eventMessageId({ ...ordered.attributes, sha256: ordered.payload.sha256 });
    if (created.ok) {
      lanes.recorded(
        ordered.owed.map(({ queue, sessionId }) => ({ queue, sessionId, messageId })),
        { time: orderTime(ordered), outbox: untagName(ordered.payload.archiveName).shard },
      );
    }
    return created;
  },
});
