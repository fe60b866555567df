import type { ArchiveError } from '../archive/archive-error.js';
import { type ArchivedEvent, archivedEventFrom } from '../archive/archived-event.js';
import { eventFileOf, safeFileName } from '../archive/blob-form.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import { encodeEnvelope, inlineSize } from '../envelope/encode-envelope.js';
import { eventMessageId } from '../envelope/event-identity.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import type { OutboxRecord } from '../outbox/record/outbox-record.js';
import type { GuardedOutbox } from '../outbox/record/outbox-store.js';
import { sessionKeyFor } from '../routing/address-message.js';
import type { Bot } from '../routing/bot.js';
import { inLanes } from '../routing/lane-window.js';
import type { BotMatcher } from '../routing/match-bots.js';
import type { Clock } from '../time/clock.js';
import type { AbandonedNote, GuardedPresences, PresenceLease, PresenceNote } from './presence-store.js';

export interface SweepPorts {
  readonly presences: GuardedPresences;
  readonly list: GuardedList;
  readonly outbox: Pick<GuardedOutbox, 'create' | 'list' | 'read'>;
  readonly matchBots: BotMatcher;
  /** Whether an event is known to have been accepted: then its bots have it, or are owed it already. */
  readonly isAccepted: (event: ArchivedEvent) => boolean;
  /** Reads what other instances accepted. Never rejects. */
  readonly learnAccepted: () => Promise<void>;
  readonly providers: readonly string[];
  readonly maxMessageBytes: number;
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

/**
 * Finishes what processes left that were killed between archive and route, up to a moment on the monotonic clock. Never throws; answers whether
 * nothing is left to this instance.
 */
export type Sweep = (untilMs: number) => Promise<boolean>;

/** An event that its process may not have routed, and who wants it. */
interface Found {
  readonly event: ArchivedEvent;
  readonly bots: readonly Bot[];
}

/** How far one note's archive has been looked through; kept between runs, for a busy day has more pages than one run reads. */
interface Search {
  readonly lease: PresenceLease;
  readonly note: PresenceNote;
  readonly prefixes: string[];
  from: string | undefined;
  readonly found: Found[];
  /** Those that this search made owed, in an earlier run too. */
  readonly madeOwed: Set<Found['event']>;
}

const dayMs = 86_400_000;
const callTimeoutMs = 8_000;
/** The clock of one process may be set back while it works. */
const marginMs = 2_000;
/** A process may have archived past midnight after its last note. */
const aheadMs = 3_600_000;
const createdTogether = 16;
const reason = 'never-routed';

const daysBetween = (fromMs: number, toMs: number): readonly string[] => {
  const days: string[] = [];
  for (let dayStartMs = Math.floor(fromMs / dayMs) * dayMs; dayStartMs <= toMs; dayStartMs += dayMs) {
    days.push(new Date(dayStartMs).toISOString().slice(0, 10).replaceAll('-', '/'));
  }
  return days;
};

const byAge = ({ event: one }: Found, { event: other }: Found): number =>
  Date.parse(one.attributes.time) - Date.parse(other.attributes.time) || (one.name < other.name ? -1 : 1);

const startSearch = ({ providers, clock }: SweepPorts, note: PresenceNote, lease: PresenceLease): Search => {
  const sinceMs = Date.parse(note.since) - marginMs;
  const days = daysBetween(sinceMs, Math.max(clock.epochMs(), sinceMs + aheadMs));
  const prefixes = days.flatMap((day) => providers.map((provider) => `${provider}/${day}/`));
  return { lease, note, prefixes, from: undefined, found: [], madeOwed: new Set() };
};

/** Archived by the process that vanished, and not known to be settled. */
const isUnsettled = ({ isAccepted }: SweepPorts, { process, since }: PresenceNote, event: ArchivedEvent): boolean =>
  event.process === process &&
  event.signatureStatus === 'verified' &&
  Date.parse(event.attributes.time) >= Date.parse(since) - marginMs &&
  !isAccepted(event);

/** Looks through the archive until the time is up; answers whether it came to the end. */
const look = async (
  ports: SweepPorts,
  search: Search,
  untilMs: number,
): Promise<CallResult<'complete' | 'out-of-time', ArchiveError>> => {
  const { list, matchBots, clock } = ports;
  for (let prefix = search.prefixes[0]; prefix !== undefined; prefix = search.prefixes[0]) {
    if (clock.monotonicMs() >= untilMs) return { ok: true, value: 'out-of-time' };
    const page = await list(prefix, search.from, callTimeoutMs);
    if (!page.ok) return page;
    for (const event of page.value.entries.flatMap((entry) => archivedEventFrom(entry) ?? [])) {
      if (!isUnsettled(ports, search.note, event)) continue;
      const { attributes, repository } = event;
      const bots = matchBots({ ...attributes, ...(repository !== undefined && { repository }) });
      if (bots.length > 0) search.found.push({ event, bots });
    }
    search.from = page.value.next;
    if (search.from === undefined) search.prefixes.shift();
  }
  return { ok: true, value: 'complete' };
};

/** As it would have travelled at first. */
const travelsOf = ({ attributes, travels: kind, size }: ArchivedEvent, maxMessageBytes: number) => {
  const frame = encodeEnvelope(attributes, { kind, bytes: Buffer.alloc(0) }).length;
  return frame + inlineSize(kind, size) > maxMessageBytes ? ('claim-check' as const) : kind;
};

const recordOf = ({ maxMessageBytes }: SweepPorts, { event, bots }: Found): OutboxRecord => {
  const { attributes, repository, name, url, sha256, size } = event;
  const { time } = attributes;
  return {
    version: 1,
    attributes,
    ...(repository !== undefined && { repository }),
    payload: { archiveName: name, url, sha256, size, travels: travelsOf(event, maxMessageBytes) },
    owed: bots.map((bot) => {
      const sessionId = sessionKeyFor(bot, event.sessionKeys);
      return { bot: bot.name, queue: bot.queue, ...(sessionId !== undefined && { sessionId }), attempts: 0 };
    }),
    history: bots.map(({ name: bot }) => ({ bot, reason, times: 1, firstAt: time, lastAt: time })),
  };
};

const copyOf = (messageId: string, queue: string): string => `${messageId}\n${queue}`;

/** Of these events, the copies that the outbox owes already: those keep the place that they have. `undefined`: it cannot be read. */
const readOwed = async ({ outbox }: SweepPorts, found: readonly Found[]): Promise<ReadonlySet<string> | undefined> => {
  const files = new Set(found.map(({ event }) => safeFileName(event.attributes.id)));
  const owed = new Set<string>();
  let from: string | undefined;
  do {
    const page = await outbox.list(from, callTimeoutMs);
    if (!page.ok) return undefined;
    for (const { name, shown } of page.value.records) {
      if (!files.has(eventFileOf(name))) continue;
      const known = shown?.();
      const reading =
        known === undefined ? await outbox.read(name, callTimeoutMs) : { ok: true as const, value: known };
      if (!reading.ok) return undefined;
      if (typeof reading.value === 'string') continue;
      const { attributes, payload, owed: copies } = reading.value.record;
      const messageId = eventMessageId({ ...attributes, sha256: payload.sha256 });
      for (const { queue } of copies) owed.add(copyOf(messageId, queue));
    }
    from = page.value.next;
  } while (from !== undefined);
  return owed;
};

const notOwed = ({ event, bots }: Found, owed: ReadonlySet<string>): Found => {
  const messageId = eventMessageId({ ...event.attributes, sha256: event.sha256 });
  return { event, bots: bots.filter(({ queue }) => !owed.has(copyOf(messageId, queue))) };
};

const lanesOf = ({ event, bots }: Found): readonly string[] =>
  bots.flatMap((bot) => sessionKeyFor(bot, event.sessionKeys) ?? []);

/** Each becomes owed, a session's in the order of arrival, until the time is up; answers whether all are. */
const owe = async (
  ports: SweepPorts,
  { madeOwed }: Search,
  { found, untilMs }: { readonly found: readonly Found[]; readonly untilMs: number },
): Promise<boolean> => {
  const left = found.filter(({ event }) => !madeOwed.has(event));
  let all = true;
  for (let next = 0; next < left.length && all; next += createdTogether) {
    if (ports.clock.monotonicMs() >= untilMs) return false;
    await inLanes(left.slice(next, next + createdTogether), lanesOf, async (one) => {
      if (!all) return;
      const created = await ports.outbox.create(recordOf(ports, one), callTimeoutMs);
      if (created.ok) madeOwed.add(one.event);
      else all = false;
    });
  }
  return all;
};

/**
 * Looks for notes that nobody renews, and makes what their processes archived and may not have routed owed to the bots that want it: the
 * outbox delivers it, in order and under the same message ids, so that queues drop what had been routed after all. May be killed
 * anywhere: the note is removed last, and who finds it begins again.
 */
export const createSweep = (ports: SweepPorts): Sweep => {
  const { presences, clock, log, metrics } = ports;
  const searches = new Map<string, Search>();

  const held = async (abandoned: AbandonedNote): Promise<Search | 'taken' | undefined> => {
    const taken = await presences.take(abandoned);
    if (!taken.ok) return undefined;
    if (taken.value === 'taken') return 'taken';
    const search = startSearch(ports, abandoned.note, taken.value);
    searches.set(abandoned.name, search);
    return search;
  };

  const finish = async (name: string, search: Search, untilMs: number): Promise<void> => {
    const startedMs = clock.monotonicMs();
    const looked = await look(ports, search, untilMs);
    if (!looked.ok || looked.value === 'out-of-time') return;
    const owed = search.found.length === 0 ? new Set<string>() : await readOwed(ports, search.found);
    if (owed === undefined) return;
    const left = search.found.map((one) => notOwed(one, owed));
    const found = left.filter(({ bots }) => bots.length > 0).toSorted(byAge);
    if (!(await owe(ports, search, { found, untilMs }))) return;
    searches.delete(name);
    await presences.remove(search.lease);
    const { process, since } = search.note;
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    log.write('info', 'presence.swept', { process, since, events: search.madeOwed.size, durationMs });
    for (const event of search.madeOwed) {
      metrics.count('breakwater_never_routed_total', { provider: event.attributes.provider });
      const { id, type, provider, correlationid: correlationId } = event.attributes;
      log.write('warn', 'event.never-routed', { correlationId, id, type, provider, archivedAs: event.name });
    }
  };

  return async (untilMs) => {
    const listed = await presences.list();
    if (!listed.ok) return false;
    const { abandoned } = listed.value;
    if (abandoned.length === 0 && searches.size === 0) return true;
    await ports.learnAccepted();
    let isAnyLeft = false;
    for (const [name, search] of searches) {
      const renewed = await presences.renew(search.lease, undefined);
      if (renewed.ok && renewed.value === 'renewed') await finish(name, search, untilMs);
      else searches.delete(name);
    }
    for (const note of abandoned) {
      if (searches.has(note.name)) continue;
      const search = clock.monotonicMs() < untilMs ? await held(note) : undefined;
      if (search === undefined) isAnyLeft = true;
      else if (search !== 'taken') await finish(note.name, search, untilMs);
    }
    return !isAnyLeft && searches.size === 0;
  };
};
