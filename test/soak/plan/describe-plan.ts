import type { Incident, Kill, Round, SoakPlan } from './soak-plan.js';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const describeIncident = ({ faults, afterSteps, lastsMs }: Incident): string =>
  `${afterSteps}: ${faults.map(({ service, fault }) => `${service} ${fault}`).join(' and ')} for ${seconds(lastsMs)}`;

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
  `Seed ${plan.seed}: ${plan.events.length} events from ${plan.lanes} senders in ${plan.rounds.length} rounds`,
  ...Object.entries(plan.settings).map(([name, value]) => `  ${name}=${value}`),
  ...plan.rounds.flatMap(describeRound),
];
