import { lanesOf, sessionKeyFor } from '../routing/address-message.js';
import { LaneWindow } from '../routing/lane-window.js';
import type { EventWay, PreparedEvent } from './event-way.js';
import { type EventOutcome, isKept } from './outcome.js';
import type { ReadEvent } from './read-delivery.js';
import type { RequestBudget } from './time-limits.js';

export interface EventsToTake {
  readonly events: readonly ReadEvent[];
  /** Which of them are to be taken, ascending. */
  readonly places: readonly number[];
  readonly way: EventWay;
  /** The time that one event has, from when it is begun. */
  readonly budget: () => RequestBudget;
  /** Whether a further event may be begun now. */
  readonly mayBegin: () => boolean;
  /** How many may be under way at once, now. */
  readonly atOnce: () => number;
  /** Told of each event as soon as it is known what became of it. */
  readonly onOutcome?: (outcome: EventOutcome) => void;
}

export interface TakenEvents {
  /** By their places; those that are left have none, or one that says why. */
  readonly outcomes: ReadonlyMap<number, EventOutcome>;
  /** What is not kept anywhere yet, ascending. */
  readonly left: readonly number[];
}

/** Prepared events that wait for one of their session. */
const mostWaiting = 64;
/** After so many in a row that cannot be kept, the events themselves are not to blame. */
const failuresToStop = 3;

/** What must not overtake each other. */
const lanesOfEvent = ({ event, bots }: PreparedEvent): readonly string[] =>
  lanesOf(bots.map((bot) => ({ queue: bot.queue, sessionId: sessionKeyFor(bot, event.description.sessionKeys) })));

/**
 * Takes events of a batch their own way, several at once, those of one session one after the other. An event that cannot be kept
 * holds up the later ones of its sessions and nobody else; after several, no further one is begun.
 */
export const takeEvents = async (request: EventsToTake): Promise<TakenEvents> => {
  const { events, places, way, budget, mayBegin, atOnce, onOutcome = () => {} } = request;
  const outcomes = new Map<number, EventOutcome>();
  const left: number[] = [];
  const held = new Set<string>();
  const window = new LaneWindow({ running: atOnce, waiting: mostWaiting });
  let failures = 0;

  const leave = (place: number, lanes: readonly string[]): void => {
    left.push(place);
    for (const lane of lanes) held.add(lane);
  };
  const decide = (place: number, outcome: EventOutcome): void => {
    outcomes.set(place, outcome);
    failures = isKept(outcome) ? 0 : failures + 1;
    onOutcome(outcome);
  };
  const goesOn = (): boolean => failures < failuresToStop && mayBegin();
  const keepOne = async (place: number, prepared: PreparedEvent, lanes: readonly string[]): Promise<void> => {
    if (!goesOn() || lanes.some((lane) => held.has(lane))) return leave(place, lanes);
    const outcome = await way.keep(prepared, budget());
    decide(place, outcome);
    if (!isKept(outcome)) leave(place, lanes);
  };

  for (const [index, place] of places.entries()) {
    const event = events[place];
    if (!goesOn()) {
      for (const rest of places.slice(index)) left.push(rest);
      break;
    }
    if (event === undefined) continue;
    const prepared = way.prepare(event);
    if (prepared.kind === 'rejected') decide(place, prepared);
    else {
      const lanes = lanesOfEvent(prepared);
      await window.add(lanes, () => keepOne(place, prepared, lanes));
    }
  }
  await window.idle();
  return { outcomes, left: left.toSorted((one, other) => one - other) };
};
