import { eventMessageId } from '../envelope/event-identity.js';
import type { OutboxRecord, OwedCopy } from '../outbox/record/outbox-record.js';
import type { OutboxStore, PendingRecord } from '../outbox/record/outbox-store.js';
import { lanesOf } from '../routing/address-message.js';

/** The lanes that the outbox owes something, each with the time by which its newest record is ordered. */
export type ListedLanes = ReadonlyMap<string, string>;

export interface ReadListedLanesPorts {
  readonly store: Pick<OutboxStore, 'list' | 'read'>;
  /** Whether a copy is known to have arrived, though its record still owes it. */
  readonly isDelivered: (queue: string, messageId: string) => boolean;
}

export interface Listing {
  readonly lanes: ListedLanes;
  /** Of several outboxes, the names of those that the listing tells nothing new of; absent: it tells of all. */
  readonly silent?: ReadonlySet<string>;
}

/** Lists the whole outbox. Throws what the store throws. */
export type ReadListedLanes = (signal: AbortSignal) => Promise<Listing>;

interface Known {
  readonly version: string | undefined;
  readonly record: OutboxRecord | undefined;
}

/** What is known of each record is kept for the next look, so that only what is new or changed is unpacked. */
export const createReadListedLanes = ({ store, isDelivered }: ReadListedLanesPorts): ReadListedLanes => {
  let known: ReadonlyMap<string, Known> = new Map();

  const notArrived = ({ attributes, payload, owed }: OutboxRecord): readonly OwedCopy[] => {
    const messageId = eventMessageId({ ...attributes, sha256: payload.sha256 });
    return owed.filter(({ queue }) => !isDelivered(queue, messageId));
  };

  const recordOf = async ({ name, version, shown }: PendingRecord, signal: AbortSignal): Promise<Known> => {
    const before = known.get(name);
    if (before !== undefined && version !== undefined && before.version === version) return before;
    const stored = shown?.() ?? (await store.read(name, signal));
    return { version, record: typeof stored === 'string' ? undefined : stored.record };
  };

  return async (signal) => {
    const lanes = new Map<string, string>();
    const seen = new Map<string, Known>();
    let from: string | undefined;
    do {
      const page = await store.list(from, signal);
      for (const pending of page.records) {
        const one = await recordOf(pending, signal);
        seen.set(pending.name, one);
        const { record } = one;
        for (const lane of record === undefined ? [] : lanesOf(notArrived(record))) {
          const newest = lanes.get(lane);
          if (newest === undefined || newest < pending.time) lanes.set(lane, pending.time);
        }
      }
      from = page.next;
    } while (from !== undefined);
    known = seen;
    return { lanes };
  };
};
