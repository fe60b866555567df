import type { ArchiveError } from '../archive/archive-error.js';
import type { ArchivedEvent } from '../archive/archived-event.js';
import { eventFileOf, safeFileName } from '../archive/blob-form.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { DeadLetter, OutboxRecord } from '../outbox/record/outbox-record.js';
import type { GuardedOutbox, OutboxPage } from '../outbox/record/outbox-store.js';
import type { PresenceList, PresenceNote } from '../presence/presence-store.js';
import type { BotMatcher } from '../routing/match-bots.js';

/** A copy that has not reached its queue, and why. */
export interface ReportedOwedCopy {
  readonly bot: string;
  readonly queue: string;
  readonly attempts: number;
  readonly reason: string | undefined;
  readonly record: string;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

/**
 * How far an archived copy has come: `routed` (to every bot), `owed` or `dead-lettered` (some of its copies), `under-way` (its process
 * has not said yet that it is settled, which takes 5 seconds), `never-routed` (its process was killed, and the timer has not found it
 * yet), `no-bot` (nobody wants it, or it repeats a body), `unknown` (archived by no process that says so).
 */
export type Routing = 'routed' | 'owed' | 'dead-lettered' | 'under-way' | 'never-routed' | 'no-bot' | 'unknown';

/** What became of one archived copy of an event. */
export interface CopyReport {
  readonly type: string;
  readonly provider: string;
  readonly source: string;
  readonly subject: string | undefined;
  readonly time: string;
  readonly repository: string | undefined;
  readonly correlationId: string;
  readonly signature: string;
  readonly secretVersion: string;
  readonly archived: {
    readonly name: string;
    readonly bytes: number;
    readonly contentType: string;
    readonly sha256: string;
  };
  readonly sessionKey: string;
  readonly routing: Routing;
  /** Bots that want it by the present configuration. */
  readonly bots: readonly string[];
  readonly owed: readonly ReportedOwedCopy[];
  readonly deadLettered: readonly (ReportedOwedCopy & { readonly deadLetteredAt: string })[];
}

/** What became of a delivery. One id may stand for several: with other bytes, on another route, or on another day. */
export interface EventReport extends CopyReport {
  readonly id: string;
  /** Where the same id is archived besides. */
  readonly otherCopies: readonly string[];
  /** What became of those. */
  readonly others: readonly CopyReport[];
}

export interface ReportEventPorts {
  readonly outbox: Pick<GuardedOutbox, 'list' | 'read' | 'listDeadLetters' | 'readDeadLetter'>;
  readonly matchBots: BotMatcher;
  /** What processes say of themselves; absent: nobody is asked. */
  readonly listPresences?: (() => Guarded<PresenceList>) | undefined;
  /** Whether it is known already that an event was accepted. */
  readonly isAccepted: (event: ArchivedEvent) => boolean;
  readonly timeoutMs: number;
}

/** 50,000 records: enough for every outbox that is not itself a catastrophe. */
const maxPages = 50;

/** The names of an event's records: its own, and those beside it. */
const namesOf = async (
  list: (from: string | undefined) => Guarded<OutboxPage>,
  id: string,
): Guarded<readonly string[]> => {
  const file = safeFileName(id);
  const names: string[] = [];
  let from: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = await list(from);
    if (!page.ok) return page;
    names.push(...page.value.records.map(({ name }) => name).filter((name) => eventFileOf(name) === file));
    from = page.value.next;
    if (from === undefined) break;
  }
  return { ok: true, value: names };
};

interface Named<R> {
  readonly name: string;
  readonly record: R;
}

/** Reads the records of an id, passing over those of another id that is named alike. */
const recordsOf = async <R extends OutboxRecord>(
  id: string,
  names: readonly string[],
  read: (name: string) => Guarded<R | 'unreadable' | 'gone'>,
): Guarded<readonly Named<R>[]> => {
  const records: Named<R>[] = [];
  for (const name of names) {
    const reading = await read(name);
    if (!reading.ok) return reading;
    if (typeof reading.value === 'string') continue;
    if (reading.value.attributes.id === id) records.push({ name, record: reading.value });
  }
  return { ok: true, value: records };
};

/** Those that owe this very copy: not those of other bytes under its id. */
const recordsFor = <R extends OutboxRecord>(
  records: readonly Named<R>[],
  { name }: ArchivedEvent,
): readonly Named<R>[] => records.filter(({ record }) => record.payload.archiveName === name);

const outstandingIn = ({ name, record }: Named<OutboxRecord>): readonly ReportedOwedCopy[] =>
  record.owed.map(({ bot, queue, attempts }) => {
    const reason = record.history.findLast((entry) => entry.bot === bot)?.reason;
    return { bot, queue, attempts, reason, record: name };
  });

interface Known {
  readonly owed: readonly Named<OutboxRecord>[];
  readonly dead: readonly Named<DeadLetter>[];
  readonly presences: PresenceList;
}

type Told = Pick<CopyReport, 'bots' | 'owed' | 'deadLettered'>;

const routingOf = (
  { isAccepted }: ReportEventPorts,
  event: ArchivedEvent,
  { held, abandoned }: PresenceList,
  told: Told,
) => {
  if (told.owed.length > 0) return 'owed';
  if (told.deadLettered.length > 0) return 'dead-lettered';
  if (told.bots.length === 0 || event.signatureStatus !== 'verified') return 'no-bot';
  if (isAccepted(event)) return 'routed';
  if (event.process === undefined) return 'unknown';
  const isOpen = ({ process, since }: PresenceNote): boolean =>
    process === event.process && Date.parse(since) <= Date.parse(event.attributes.time);
  if (abandoned.some(({ note }) => isOpen(note))) return 'never-routed';
  return held.some(isOpen) ? 'under-way' : 'routed';
};

const reportCopy = (ports: ReportEventPorts, event: ArchivedEvent, { owed, dead, presences }: Known): CopyReport => {
  const { attributes, repository } = event;
  const { type, provider, source, subject, time, partitionkey } = attributes;
  const told: Told = {
    bots: ports.matchBots({ ...attributes, ...(repository !== undefined && { repository }) }).map(({ name }) => name),
    owed: recordsFor(owed, event).flatMap(outstandingIn),
    deadLettered: recordsFor(dead, event).flatMap((named) =>
      outstandingIn(named).map((copy) => ({ ...copy, deadLetteredAt: named.record.deadLetteredAt })),
    ),
  };
  return {
    type,
    provider,
    source,
    subject,
    time,
    repository,
    correlationId: attributes.correlationid,
    signature: event.signatureStatus,
    secretVersion: event.secretVersion,
    archived: { name: event.name, bytes: event.size, contentType: event.contentType, sha256: event.sha256 },
    sessionKey: partitionkey,
    routing: routingOf(ports, event, presences, told),
    ...told,
  };
};

/** Says what became of each archived copy of an id: verified how, archived where, wanted by whom, owed to whom. */
export const reportEvent = async (
  ports: ReportEventPorts,
  [event, ...others]: readonly [ArchivedEvent, ...ArchivedEvent[]],
): Guarded<EventReport> => {
  const { outbox, timeoutMs } = ports;
  const { id } = event.attributes;
  const presences = (await ports.listPresences?.()) ?? { ok: true, value: { held: [], abandoned: [] } };
  if (!presences.ok) return presences;
  const owedNames = await namesOf((from) => outbox.list(from, timeoutMs), id);
  if (!owedNames.ok) return owedNames;
  const owed = await recordsOf<OutboxRecord>(id, owedNames.value, async (name) => {
    const reading = await outbox.read(name, timeoutMs);
    if (!reading.ok) return reading;
    const { value } = reading;
    return { ok: true, value: typeof value === 'string' ? value : value.record };
  });
  if (!owed.ok) return owed;
  const deadNames = await namesOf((from) => outbox.listDeadLetters(from, timeoutMs), id);
  if (!deadNames.ok) return deadNames;
  const dead = await recordsOf<DeadLetter>(id, deadNames.value, async (name) => {
    const reading = await outbox.readDeadLetter(name, timeoutMs);
    if (!reading.ok) return reading;
    const { value } = reading;
    return { ok: true, value: typeof value === 'string' ? value : value.letter };
  });
  if (!dead.ok) return dead;
  const known = { owed: owed.value, dead: dead.value, presences: presences.value };
  const report = (copy: ArchivedEvent) => reportCopy(ports, copy, known);
  const otherCopies = others.map(({ name }) => name);
  return { ok: true, value: { id, ...report(event), otherCopies, others: others.map(report) } };
};
