import { type Entry, readAnswer } from './delivery-book.js';
import type { Holdings } from './holdings.js';
import { percentile } from './percent.js';
import { liesApartFrom, misplacedIn, placementOf } from './placement.js';

/** How those deliveries fared that have nothing in the shard whose stores fail. */
export interface ShardFigures {
  readonly apart: number;
  /** Of these the ones that were refused, or not archived and routed at once. */
  readonly noticed: readonly string[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly slowestMs: number;
  /** Found in another shard than the one they belong to. */
  readonly misplaced: readonly string[];
}

/** An instance heard it, and did not take it as it does when nothing fails. */
const isNoticed = ({ answer }: Entry): boolean => answer?.kind === 'answered' && !readAnswer(answer).asUsual;

/** Of several shards the last one fails. */
export const judgeShards = (entries: readonly Entry[], holdings: Holdings, shards: number): ShardFigures => {
  const placements = new Map(entries.map((entry) => [entry.delivery.id, placementOf(entry, holdings.bots, shards)]));
  const apart = entries.filter(({ delivery: { id } }) => {
    const placement = placements.get(id);
    return placement !== undefined && liesApartFrom(shards - 1, placement);
  });
  const times = apart
    .filter(({ answer }) => answer?.kind === 'answered')
    .map(({ sentAtMs, answeredAtMs }) => answeredAtMs - sentAtMs)
    .toSorted((one, other) => one - other);
  return {
    apart: apart.length,
    noticed: apart.filter(isNoticed).map(({ delivery }) => delivery.id),
    p50Ms: percentile(times, 0.5),
    p99Ms: percentile(times, 0.99),
    slowestMs: times.at(-1) ?? 0,
    misplaced: misplacedIn(placements, holdings),
  };
};
