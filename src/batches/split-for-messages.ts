import { splitJsonList } from '../envelope/split-json-list.js';
import { type Batch, batchName, type EncodedBatch, encodeBatch } from './batch.js';

/** What a message takes beside its list: the head of the part, and the properties. */
const besideListBytes = 4_096;

const listOf = (items: readonly Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from('['),
    ...items.flatMap((item, index) => (index === 0 ? [item] : [Buffer.from(','), item])),
    Buffer.from(']'),
  ]);

/**
 * The chosen events of a batch in parts that each fit a message of `maxBytes`, in their order, every event by its own bytes. An
 * event that fits no message has a part of its own, which the queue will refuse.
 */
export const splitForMessages = (
  batch: Batch,
  places: readonly number[],
  maxBytes: number,
): readonly EncodedBatch[] => {
  const all = splitJsonList(batch.list);
  const lists: Buffer[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const place of places) {
    const item = all[place] ?? Buffer.alloc(0);
    size += item.length + 1;
    if (size > maxBytes - besideListBytes) {
      lists.push([]);
      size = item.length + 1;
    }
    lists.at(-1)?.push(item);
  }
  return lists.map((items, part) => ({
    name: batchName(batch, part),
    bytes: encodeBatch({ ...batch, list: listOf(items) }),
  }));
};
