import { eventIdOf, soakProviderNames } from '../traffic/soak-providers.js';
import { planIncidents, planKills } from './plan-incidents.js';
import { type Random, startRandom } from './random.js';
import type { Round, SoakEvent, SoakPlan, SoakStep } from './soak-plan.js';

export interface SoakSize {
  readonly seed: number;
  readonly events: number;
  /** Absent: one account and one namespace. */
  readonly shards?: number;
}

/** What differs between the long soak and the short one of `npm test`. */
interface Pace {
  readonly rounds: number;
  readonly eventsPerSecond: number;
  readonly incidentsPerRound: number;
  readonly killsPerRound: number;
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly requestBudgetMs: number;
  readonly coolDownMs: number;
}

const lanes = 24;
const conversations = 3;
const eventsPerLongRound = 2_000;

const short: Omit<Pace, 'rounds'> = {
  eventsPerSecond: 40,
  incidentsPerRound: 3,
  killsPerRound: 1,
  shortestMs: 1_000,
  longestMs: 2_500,
  requestBudgetMs: 3_000,
  coolDownMs: 1_000,
};

const long: Omit<Pace, 'rounds'> = {
  eventsPerSecond: 60,
  incidentsPerRound: 8,
  killsPerRound: 3,
  shortestMs: 1_500,
  longestMs: 6_000,
  requestBudgetMs: 9_000,
  coolDownMs: 5_000,
};

const paceOf = (events: number): Pace =>
  events < eventsPerLongRound ? { ...short, rounds: 2 } : { ...long, rounds: Math.ceil(events / eventsPerLongRound) };

/** Most payloads are small; some fill a message, and some need a claim check. */
const fillerBytes = (random: Random): number => {
  if (random.chance(0.02)) return random.between(200_000, 400_000);
  return random.chance(0.04) ? random.between(10_000, 150_000) : random.between(0, 2_000);
};

const planEvent = (random: Random, seed: number, number: number): SoakEvent => {
  const provider = random.pick(soakProviderNames);
  const deliveryId = `soak-${seed}-${number}`;
  const id = eventIdOf(provider, deliveryId);
  return {
    key: id,
    id,
    deliveryId,
    number,
    provider,
    lane: random.between(0, lanes - 1),
    conversation: random.between(1, conversations),
    fillerBytes: fillerBytes(random),
  };
};

const farthestConflict = 30;

/** Now and then a sender gives another event the id of an earlier one, as GitHub does for hooks that it tells of the same. */
const withConflicts = (random: Random, planned: readonly SoakEvent[]): readonly SoakEvent[] => {
  const events: SoakEvent[] = [];
  for (const event of planned) {
    const earlier = random.chance(0.02) ? events.at(-random.between(1, farthestConflict)) : undefined;
    if (earlier === undefined) events.push(event);
    else {
      const { id, deliveryId, provider, lane, conversation } = earlier;
      events.push({ ...event, key: `${id} as ${event.number}`, id, deliveryId, provider, lane, conversation });
    }
  }
  return events;
};

/** The event itself, now and then a forgery before it, and now and then the same delivery once more some events later. */
const stepsOf = (random: Random, event: SoakEvent, pauseMs: () => number): readonly SoakStep[] => {
  const first: SoakStep = {
    kind: 'first',
    event,
    copies: random.chance(0.01) ? 20 : 1,
    tries: random.between(1, 4),
    pauseMs: pauseMs(),
  };
  const again: SoakStep = { ...first, kind: 'again', copies: 1, pauseMs: pauseMs() };
  const forged: SoakStep = { ...again, kind: 'forged', tries: 1 };
  return [...(random.chance(0.01) ? [forged] : []), first, ...(random.chance(0.05) ? [again] : [])];
};

/** Redeliveries come later than what their lane does in between. */
const delayRedeliveries = (random: Random, steps: readonly SoakStep[]): readonly SoakStep[] =>
  steps
    .map((step, index) => ({ step, at: step.kind === 'again' ? index + random.between(1, 200) : index }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ step }) => step);

interface RoundOptions {
  readonly pace: Pace;
  readonly events: readonly SoakEvent[];
  readonly index: number;
  readonly shards: number;
}

const planRound = (random: Random, { pace, events, index, shards }: RoundOptions): Round => {
  const meanPauseMs = (lanes * 1_000) / pace.eventsPerSecond;
  const pauseMs = (): number => random.between(0, Math.round(2 * meanPauseMs));
  const steps = delayRedeliveries(
    random,
    events.flatMap((event) => stepsOf(random, event, pauseMs)),
  );
  const { incidentsPerRound: incidents, killsPerRound: kills, shortestMs, longestMs } = pace;
  const trouble = { steps: steps.length, incidents, kills, shortestMs, longestMs, shards };
  return {
    steps,
    incidents: planIncidents(random, trouble, index),
    kills: planKills(random, trouble),
  };
};

/** Even seeds defer what Service Bus does not take, odd ones reject it. */
const settingsFor = (seed: number, { requestBudgetMs, coolDownMs }: Pace): Readonly<Record<string, string>> => ({
  QUEUE_UNAVAILABLE: seed % 2 === 0 ? 'defer' : 'reject',
  OUTBOX_SCHEDULE: '*/2 * * * * *',
  SECRET_REFRESH_SECONDS: '2',
  REQUEST_BUDGET_MS: String(requestBudgetMs),
  CircuitBreaker__preset: 'development',
  CircuitBreaker__serviceBus__coolDownMs: String(coolDownMs),
  CircuitBreaker__blobStorage__coolDownMs: String(coolDownMs),
  CircuitBreaker__keyVault__coolDownMs: String(coolDownMs),
});

/** The plan of a seed. The same seed, number of events and shards give the same plan. */
export const planSoak = ({ seed, events: count, shards = 1 }: SoakSize): SoakPlan => {
  const random = startRandom(seed);
  const pace = paceOf(count);
  const planned = Array.from({ length: count }, (_, number) => planEvent(random, seed, number));
  const events = withConflicts(startRandom(seed + 1), planned);
  const perRound = Math.ceil(count / pace.rounds);
  const rounds = Array.from({ length: pace.rounds }, (_, index) =>
    planRound(random, { pace, events: events.slice(index * perRound, (index + 1) * perRound), index, shards }),
  );
  return { seed, events, lanes, shards, settings: settingsFor(seed, pace), rounds };
};
