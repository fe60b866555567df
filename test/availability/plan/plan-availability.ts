import { type StandInName, standInNames } from '../../../local/stack/stand-ins.js';
import { type Random, startRandom } from '../../soak/plan/random.js';
import type { AvailabilityPlan, PlannedDelivery, PlannedKill, PlannedOutage } from './availability-plan.js';

/** A fault that lasts for the whole time. */
export interface FixedFault {
  readonly service: StandInName;
  readonly fault: string;
}

export interface PlanOptions {
  readonly seed: number;
  readonly rate: number;
  readonly seconds: number;
  readonly kills: boolean;
  /** Absent: GitHub is not asked for what it could not deliver. */
  readonly reconciles?: boolean;
  /** These alone fail, from the start until no sender waits any more; empty: dependencies fail in turn. */
  readonly fixed: readonly FixedFault[];
  /** Absent: one account and one namespace. */
  readonly shards?: number;
}

/** GitHub's patience. */
const senderWaitsMs = 10_000;
const repositories = 4;
const entityNumbers = 3;

const planDelivery = (random: Random, { seed, rate }: PlanOptions, number: number): PlannedDelivery => ({
  id: `availability-${seed}-${number}`,
  atMs: (number * 1_000) / rate,
  number,
  repository: `octo-org/lane-${random.between(1, repositories)}`,
  entity: random.pick(['issue', 'pull_request']),
  entityNumber: random.between(1, entityNumbers),
  example: random.between(0, 999_999),
});

const anyFault = (random: Random): string =>
  random.pick(['refuse', 'reset', 'hang', `slow ${random.between(300, 3_000)}`]);

/** There is one vault; of several accounts and namespaces the last ones fail. */
const inLastShard = (outage: PlannedOutage, shards: number): PlannedOutage =>
  shards > 1 && outage.service !== 'key-vault' ? { ...outage, shard: shards - 1 } : outage;

/** One dependency at a time, each for 0.5 to 6.5 s, with 0.5 to 3 s between. */
const planOutages = (random: Random, endMs: number): readonly PlannedOutage[] => {
  const outages: PlannedOutage[] = [];
  let nowMs = random.between(500, 3_000);
  while (nowMs < endMs) {
    const toMs = nowMs + random.between(500, 6_500);
    outages.push({ service: random.pick(standInNames), fault: anyFault(random), fromMs: nowMs, toMs });
    nowMs = toMs + random.between(500, 3_000);
  }
  return outages;
};

const planKills = (random: Random, endMs: number, instances: number): readonly PlannedKill[] => {
  const kills: PlannedKill[] = [];
  for (let atMs = random.between(6_000, 14_000); atMs < endMs; atMs += random.between(6_000, 14_000))
    kills.push({ atMs, instance: random.between(0, instances - 1) });
  return kills;
};

/** The plan of a seed. Deliveries, outages and kills each have their own numbers, so that one is the same without the other. */
export const planAvailability = (options: PlanOptions): AvailabilityPlan => {
  const { seed, rate, seconds, fixed, shards = 1, reconciles = false } = options;
  const endMs = seconds * 1_000;
  const instances = options.kills ? 2 : 1;
  const [forDeliveries, forOutages, forKills] = [0, 1, 2].map((part) => startRandom(seed * 3 + part));
  if (forDeliveries === undefined || forOutages === undefined || forKills === undefined) throw new RangeError();
  return {
    seed,
    rate,
    seconds,
    deliveries: Array.from({ length: rate * seconds }, (_, number) => planDelivery(forDeliveries, options, number)),
    outages: (fixed.length > 0
      ? fixed.map((each) => ({ ...each, fromMs: 0, toMs: endMs + senderWaitsMs }))
      : planOutages(forOutages, endMs)
    ).map((outage) => inLastShard(outage, shards)),
    kills: options.kills ? planKills(forKills, endMs, instances) : [],
    instances,
    reconciles,
    shards,
  };
};
