import type { ErrorStatus } from '../../../local/faults/fault.js';
import { standInNames } from '../../../local/stack/stand-ins.js';
import type { ShardFault } from '../stack/start-stand-ins.js';
import type { Random } from './random.js';
import type { Incident, Kill } from './soak-plan.js';

/** What kind of trouble there is in one round. */
export interface Trouble {
  readonly steps: number;
  readonly incidents: number;
  readonly kills: number;
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly shards: number;
}

/** What a service answers with for a while; nobody's containers and queues are gone for so long. */
const passingErrors = [401, 403, 429, 500, 503] as const satisfies readonly ErrorStatus[];

const anyFault = (random: Random): string =>
  random.pick([
    'refuse',
    'reset',
    'hang',
    `slow ${random.between(100, 3_000)}`,
    `drop-after ${random.between(200, 200_000)}`,
    `error ${random.pick(passingErrors)}`,
  ]);

/** Every service has its turn; sometimes a second one fails at the same time. */
const faultsOf = (random: Random, turn: number): readonly ShardFault[] => {
  const [main = 'blob-storage', other = 'service-bus'] = [0, random.between(1, 2)].map(
    (step) => standInNames[(turn + step) % standInNames.length],
  );
  const first = { service: main, fault: anyFault(random) };
  return random.chance(0.3) ? [first, { service: other, fault: anyFault(random) }] : [first];
};

/** So long that the end of the traffic comes first. */
const toTheEndMs = 20_000;

/** What storage or Service Bus cannot take at the end of a round is still owed when the books are looked at. */
const lastIncident = (trouble: Trouble, firstTurn: number): Incident => ({
  afterSteps: Math.floor(trouble.steps * 0.92),
  faults: [{ service: firstTurn % 2 === 0 ? 'service-bus' : 'blob-storage', fault: 'refuse' }],
  lastsMs: toTheEndMs,
});

/** There is one vault; of several accounts and namespaces the last ones fail. */
const inLastShard =
  (shards: number) =>
  (planned: ShardFault): ShardFault =>
    shards > 1 && planned.service !== 'key-vault' ? { ...planned, shard: shards - 1 } : planned;

/** Spread over the round, the last one to its end. `firstTurn`: which service begins. */
export const planIncidents = (random: Random, trouble: Trouble, firstTurn: number): readonly Incident[] =>
  [
    ...Array.from({ length: trouble.incidents }, (_, index) => ({
      afterSteps: Math.floor((trouble.steps * 0.9 * (index + 0.2)) / trouble.incidents),
      faults: faultsOf(random, firstTurn + index),
      lastsMs: random.between(trouble.shortestMs, trouble.longestMs),
    })),
    lastIncident(trouble, firstTurn),
  ].map((incident) => ({ ...incident, faults: incident.faults.map(inLastShard(trouble.shards)) }));

/** Spread over the round too, most of them into an incident. */
export const planKills = (random: Random, trouble: Trouble): readonly Kill[] =>
  Array.from({ length: trouble.kills }, (_, index) => {
    const portion = trouble.steps / trouble.kills;
    return {
      afterSteps: Math.floor(portion * index) + random.between(0, Math.floor(portion * 0.8)),
      downMs: random.between(0, 1_500),
    };
  });
