import { describeFault } from '../../soak/plan/describe-plan.js';
import type { AvailabilityPlan } from './availability-plan.js';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The plan for people: what fails when. */
export const describeAvailability = ({
  seed,
  rate,
  deliveries,
  outages,
  kills,
  instances,
  reconciles,
  shards,
}: AvailabilityPlan) => [
  `Seed ${seed}: ${deliveries.length} deliveries, ${rate} a second, each sent once; ${instances} instance(s)${shards > 1 ? `, ${shards} accounts and namespaces` : ''}${reconciles ? '; the app asks GitHub for what failed' : ''}`,
  ...outages.map(
    ({ fromMs, toMs, ...outage }) => `  at ${seconds(fromMs)}: ${describeFault(outage)} for ${seconds(toMs - fromMs)}`,
  ),
  ...kills.map(({ atMs, instance }) => `  at ${seconds(atMs)}: SIGKILL of instance ${instance + 1}`),
];
