import { type ShardFault, shardName } from '../stack/start-stand-ins.js';
import type { Incident, Kill, Round, SoakPlan } from './soak-plan.js';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** With the name of its shard where it has one: `blob-storage:2 hang`. */
export const describeFault = ({ service, fault, shard }: ShardFault): string =>
  `${service}${shard === undefined ? '' : `:${shardName(shard)}`} ${fault}`;

const describeIncident = ({ faults, afterSteps, lastsMs }: Incident): string =>
  `${afterSteps}: ${faults.map(describeFault).join(' and ')} for ${seconds(lastsMs)}`;

const describeKill = ({ afterSteps, downMs }: Kill): string => `${afterSteps}: SIGKILL, down for ${seconds(downMs)}`;

const describeRound = ({ steps, incidents, kills }: Round, index: number): readonly string[] => {
  const count = (kind: string): number => steps.filter((step) => step.kind === kind).length;
  const rushes = steps.filter(({ copies }) => copies > 1).length;
  return [
    `Round ${index + 1}: ${count('first')} events, ${rushes} of them 20-fold, ${count('again')} redeliveries, ${count('forged')} forgeries`,
    ...incidents.map((incident) => `  after ${describeIncident(incident)}`),
    ...kills.map((kill) => `  after ${describeKill(kill)}`),
  ];
};

/** The plan for people: what is sent when, what fails when. Counts are steps of the round. */
export const describePlan = (plan: SoakPlan): readonly string[] => [
  `Seed ${plan.seed}: ${plan.events.length} events from ${plan.lanes} senders in ${plan.rounds.length} rounds${plan.shards > 1 ? `, ${plan.shards} accounts and namespaces` : ''}`,
  ...Object.entries(plan.settings).map(([name, value]) => `  ${name}=${value}`),
  ...plan.rounds.flatMap(describeRound),
];
