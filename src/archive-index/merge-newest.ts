import { byNewest, type IndexedDelivery } from './archive-index.js';

/** In this order equal entries are adjacent. */
const once = (deliveries: readonly IndexedDelivery[]): readonly IndexedDelivery[] =>
  deliveries.filter(({ archived }, n) => n === 0 || deliveries[n - 1]?.archived !== archived);

/** As many as the longest page shows. */
const leastTogether = 200;

/**
 * Merges parts, each newest first, into one sequence of batches. A caller that needs only the newest few pays for few: parts are opened one
 * by one, and what is newer than all the rest is yielded before the next part is opened.
 */
export function* mergeNewest(
  parts: readonly (readonly IndexedDelivery[])[],
): Generator<readonly IndexedDelivery[], void> {
  const heads = parts.flatMap((part) => (part[0] === undefined ? [] : [{ head: part[0], part }]));
  const inOrder = heads.toSorted((one, other) => byNewest(one.head, other.head));
  let pool: readonly IndexedDelivery[] = [];
  let ready: readonly IndexedDelivery[] = [];
  for (const [n, { part }] of inOrder.entries()) {
    pool = pool.length === 0 ? part : [...pool, ...part].toSorted(byNewest);
    const next = inOrder[n + 1]?.head;
    const newer = next === undefined ? pool.length : pool.findIndex((delivery) => byNewest(delivery, next) >= 0);
    ready = [...ready, ...(newer < 0 ? pool : pool.slice(0, newer))];
    pool = newer < 0 ? [] : pool.slice(newer);
    if (ready.length < leastTogether && next !== undefined) continue;
    yield once(ready);
    ready = [];
  }
}
