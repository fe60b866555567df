import type { AvailabilityPlan } from './availability-plan.js';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** The plan for people: what fails when. */
export const describeAvailability = ({ seed, rate, deliveries, outages, kills, instances }: AvailabilityPlan) => [
  `Seed ${seed}: ${deliveries.length} deliveries, ${rate} a second, each sent once; ${instances} instance(s)`,
  ...outages.map(
    ({ service, fault, fromMs, toMs }) => `  at ${seconds(fromMs)}: ${service} ${fault} for ${seconds(toMs - fromMs)}`,
  ),
  ...kills.map(({ atMs, instance }) => `  at ${seconds(atMs)}: SIGKILL of instance ${instance + 1}`),
];
