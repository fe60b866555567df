import type { ArchiveError } from '../archive/archive-error.js';
import { type ArchivedEvent, archivedEventFrom } from '../archive/archived-event.js';
import { type BusyDay, busyDays } from '../archive/busy-days.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import { sessionKeyFor } from '../routing/address-message.js';
import type { Bot } from '../routing/bot.js';
import { createBotMatcher } from '../routing/match-bots.js';
import type { Clock } from '../time/clock.js';

export interface SimulatePorts {
  readonly list: GuardedList;
  /** The present configuration. */
  readonly bots: readonly Bot[];
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

export interface SimulateRequest {
  readonly bots: readonly Bot[];
  readonly providers: readonly string[];
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly wantsType: (type: string) => boolean;
  /** On the monotonic clock: what is left then is for the next call. */
  readonly untilMs: number;
}

/** How one bot's copy of an event differs. `reordered`: it would come in another session, or in none. */
export type Change = 'gained' | 'lost' | 'reordered';

export interface Difference {
  readonly change: Change;
  readonly id: string;
  readonly type: string;
  readonly time: string;
}

/** One bot, by name. `got`: by the present configuration; `wouldGet`: by the other one. */
export interface SimulatedBot extends Readonly<Record<Change | 'got' | 'wouldGet', number>> {
  readonly bot: string;
  /** The first events that differ, the most to show as anybody reads. */
  readonly examples: readonly Difference[];
}

export interface Simulation {
  readonly events: number;
  readonly bots: readonly SimulatedBot[];
  /** Where the next call has to begin; absent when this one came to the end. */
  readonly resumeFrom?: string;
}

/** What one event brings a bot: the session it comes in, `undefined` for a bot that is not ordered. */
export type Routed = ReadonlyMap<string, string | undefined>;

const daysTogether = 4;
const callTimeoutMs = 8_000;
const maxExamples = 20;

/** By the rule of a first delivery: what each bot gets of an event, by name. */
export const createRouting = (bots: readonly Bot[]): ((event: ArchivedEvent) => Routed) => {
  const match = createBotMatcher(bots);
  return ({ attributes, repository, sessionKeys, signatureStatus }) => {
    if (signatureStatus === 'repeated-body') return new Map();
    const matched = match({ ...attributes, ...(repository !== undefined && { repository }) });
    return new Map(matched.map((bot) => [bot.name, sessionKeyFor(bot, sessionKeys)]));
  };
};

class Tally {
  events = 0;
  readonly #bots = new Map<string, Record<Change | 'got' | 'wouldGet', number> & { examples: Difference[] }>();

  constructor(names: readonly string[]) {
    for (const name of names) {
      this.#bots.set(name, { got: 0, wouldGet: 0, gained: 0, lost: 0, reordered: 0, examples: [] });
    }
  }

  get bots(): readonly SimulatedBot[] {
    return [...this.#bots].map(([bot, figures]) => ({ bot, ...figures }));
  }

  count({ attributes: { id, type, time } }: ArchivedEvent, before: Routed, after: Routed): void {
    this.events += 1;
    for (const [name, figures] of this.#bots) {
      const [had, has] = [before.has(name), after.has(name)];
      if (had) figures.got += 1;
      if (has) figures.wouldGet += 1;
      const change = changeOf({ had, has, same: before.get(name) === after.get(name) });
      if (change === undefined) continue;
      figures[change] += 1;
      if (figures.examples.length < maxExamples) figures.examples.push({ change, id, type, time });
    }
  }
}

const changeOf = (copy: { readonly had: boolean; readonly has: boolean; readonly same: boolean }) => {
  if (copy.had !== copy.has) return copy.has ? 'gained' : 'lost';
  return copy.has && !copy.same ? 'reordered' : undefined;
};

const eventsOf = async (
  list: GuardedList,
  { day, providers }: BusyDay,
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> => {
  const events: ArchivedEvent[] = [];
  for (const provider of providers) {
    let from: string | undefined;
    do {
      const page = await list(`${provider}/${day}/`, from, callTimeoutMs);
      if (!page.ok) return page;
      events.push(...page.value.entries.flatMap((entry) => archivedEventFrom(entry) ?? []));
      from = page.value.next;
    } while (from !== undefined);
  }
  return { ok: true, value: events };
};

/** What each bot would have got of what was archived, with other bots, against what it gets with the present ones. Sends nothing. */
export const simulateRouting = async (
  { list, bots: present, clock }: SimulatePorts,
  { bots: others, providers, fromMs, toMs, wantsType, untilMs }: SimulateRequest,
): Promise<CallResult<Simulation, ArchiveError>> => {
  const days = await busyDays(list, { providers, fromMs, toMs, timeoutMs: callTimeoutMs });
  if (!days.ok) return days;
  const [before, after] = [createRouting(present), createRouting(others)];
  const tally = new Tally([...new Set([...present, ...others].map(({ name }) => name))]);
  const isWanted = ({ attributes: { time, type } }: ArchivedEvent): boolean =>
    Date.parse(time) >= fromMs && Date.parse(time) < toMs && wantsType(type);
  for (let next = 0; next < days.value.length; next += daysTogether) {
    const group = days.value.slice(next, next + daysTogether);
    const [first] = group;
    if (next > 0 && first !== undefined && clock.monotonicMs() >= untilMs) {
      const resumeFrom = new Date(first.startMs).toISOString();
      return { ok: true, value: { events: tally.events, bots: tally.bots, resumeFrom } };
    }
    const listings = await Promise.all(group.map((day) => eventsOf(list, day)));
    for (const listing of listings) {
      if (!listing.ok) return listing;
      for (const event of listing.value) if (isWanted(event)) tally.count(event, before(event), after(event));
    }
  }
  return { ok: true, value: { events: tally.events, bots: tally.bots } };
};
