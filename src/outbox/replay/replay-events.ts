import type { ArchiveError } from '../../archive/archive-error.js';
import { type ArchivedEvent, archivedEventFrom } from '../../archive/archived-event.js';
import { type BusyDay, busyDays } from '../../archive/busy-days.js';
import type { GuardedList } from '../../archive/guarded-archive.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import { sessionKeyFor } from '../../routing/address-message.js';
import type { Bot } from '../../routing/bot.js';
import { inLanes } from '../../routing/lane-window.js';
import type { BotMatcher } from '../../routing/match-bots.js';
import { compareTexts } from '../../text/text.js';
import type { Clock } from '../../time/clock.js';
import { type ReplayReport, ReplayTally } from './replay-tally.js';
import { type SendArchivedPorts, sendArchived } from './send-archived.js';

export interface ReplayFilter {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly providers: readonly string[];
  readonly wantsType: (type: string) => boolean;
  /** One bot's copies only; absent: every bot's that wants the event. */
  readonly bot?: string | undefined;
}

export interface ReplayRequest {
  readonly filter: ReplayFilter;
  /** Counts and sends nothing. */
  readonly dryRun: boolean;
  /** The message id for an archived event that is wanted again although its queues have seen it; absent: the event's own. */
  readonly messageIdFor: ((archiveName: string) => string) | undefined;
  /** On the monotonic clock: what is left then is for the next call. */
  readonly untilMs: number;
}

export interface ReplayEventsPorts extends SendArchivedPorts {
  readonly list: GuardedList;
  readonly matchBots: BotMatcher;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

const batchSize = 1_000;
const waveSize = 16;
const callTimeoutMs = 8_000;

const byAge = (one: ArchivedEvent, other: ArchivedEvent): number =>
  compareTexts(one.attributes.time, other.attributes.time) || compareTexts(one.name, other.name);

const isWanted = ({ fromMs, toMs, wantsType }: ReplayFilter, { attributes }: ArchivedEvent): boolean => {
  const timeMs = Date.parse(attributes.time);
  return timeMs >= fromMs && timeMs < toMs && wantsType(attributes.type);
};

/** The oldest wanted events of one day after a given one, however many the day has: no more than a batch and a page are held. */
const oldestOfDay = async (
  list: GuardedList,
  filter: ReplayFilter,
  { busy: { day, providers }, after }: { readonly busy: BusyDay; readonly after: ArchivedEvent | undefined },
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> => {
  let oldest: readonly ArchivedEvent[] = [];
  for (const provider of providers) {
    let from: string | undefined;
    do {
      const page = await list(`${provider}/${day}/`, from, callTimeoutMs);
      if (!page.ok) return page;
      const events = page.value.entries.flatMap((entry) => archivedEventFrom(entry) ?? []);
      const wanted = events.filter((event) => isWanted(filter, event) && (!after || byAge(event, after) > 0));
      oldest = [...oldest, ...wanted].toSorted(byAge).slice(0, batchSize);
      from = page.value.next;
    } while (from !== undefined);
  }
  return { ok: true, value: oldest };
};

interface Planned {
  readonly event: ArchivedEvent;
  readonly bots: readonly Bot[];
}

const plan = (
  { matchBots }: ReplayEventsPorts,
  { filter: { bot }, messageIdFor }: ReplayRequest,
  event: ArchivedEvent,
): Planned => {
  const { attributes, repository, signatureStatus } = event;
  if (signatureStatus === 'repeated-body' && messageIdFor === undefined) return { event, bots: [] };
  const matched = matchBots({ ...attributes, ...(repository !== undefined && { repository }) });
  return { event, bots: bot === undefined ? matched : matched.filter(({ name }) => name === bot) };
};

const lanesOf = ({ event, bots }: Planned): readonly string[] =>
  bots.flatMap((bot) => {
    const session = sessionKeyFor(bot, event.sessionKeys);
    return session === undefined ? [] : [`${bot.queue}\n${session}`];
  });

const replayOne = async (
  ports: ReplayEventsPorts,
  { dryRun, messageIdFor }: ReplayRequest,
  { tally, planned: { event, bots } }: { readonly tally: ReplayTally; readonly planned: Planned },
): Promise<void> => {
  if (tally.stopped) return tally.left(event);
  if (dryRun) return tally.counted(bots);
  const messageId = messageIdFor?.(event.name);
  const sent = await sendArchived(ports, { event, bots, messageId, timeoutMs: callTimeoutMs });
  tally.replayed(event, bots, sent);
};

const replayBatch = async (
  ports: ReplayEventsPorts,
  request: ReplayRequest,
  { tally, batch }: { readonly tally: ReplayTally; readonly batch: readonly Planned[] },
): Promise<void> => {
  for (let next = 0; next < batch.length && !tally.stopped; next += waveSize) {
    const wave = batch.slice(next, next + waveSize);
    const [first] = wave;
    // However little time there is, a call comes further than the one before.
    const isLate = tally.hasBegun && ports.clock.monotonicMs() >= request.untilMs;
    if (first !== undefined && isLate) return tally.outOfTime(first.event.attributes.time);
    await inLanes(wave, lanesOf, (planned) => replayOne(ports, request, { tally, planned }));
  }
};

/**
 * Sends archived events again, in the order in which they arrived, each in its own envelope. Stops when Service Bus or
 * storage fails, or its time is up, and says from which moment to go on. Repeating a stretch is harmless: message ids are the
 * same.
 */
export const replayEvents = async (ports: ReplayEventsPorts, request: ReplayRequest): Promise<ReplayReport> => {
  const { filter } = request;
  const tally = new ReplayTally();
  const days = await busyDays(ports.list, { ...filter, timeoutMs: callTimeoutMs });
  if (!days.ok) tally.storageFailed(new Date(filter.fromMs).toISOString());
  for (const [nth, busy] of (days.ok ? days.value : []).entries()) {
    if (tally.stopped) break;
    const begin = new Date(Math.max(busy.startMs, filter.fromMs)).toISOString();
    if (nth > 0 && ports.clock.monotonicMs() >= request.untilMs) tally.outOfTime(begin);
    let after: ArchivedEvent | undefined;
    do {
      if (tally.stopped) break;
      const oldest = await oldestOfDay(ports.list, filter, { busy, after });
      if (!oldest.ok) {
        tally.storageFailed(after?.attributes.time ?? begin);
        break;
      }
      const batch = oldest.value.map((event) => plan(ports, request, event)).filter(({ bots }) => bots.length > 0);
      await replayBatch(ports, request, { tally, batch });
      after = oldest.value.length < batchSize ? undefined : oldest.value.at(-1);
    } while (after !== undefined);
  }
  return tally.report;
};
