import type { ArchiveError } from '../archive/archive-error.js';
import { safeFileName } from '../archive/archive-name.js';
import type { ArchivedEvent } from '../archive/archived-event.js';
import type { CallResult } from '../circuit-breaker/call-result.js';
import type { BotMatcher } from '../routing/match-bots.js';
import type { GuardedOutbox } from './guarded-outbox.js';
import type { DeadLetter, OutboxRecord } from './outbox-record.js';
import type { OutboxPage } from './outbox-store.js';

/** A copy that has not reached its queue, and why. */
export interface OutstandingCopy {
  readonly bot: string;
  readonly queue: string;
  readonly attempts: number;
  readonly reason: string | undefined;
  readonly record: string;
}

/** What became of one delivery. */
export interface EventReport {
  readonly id: string;
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
  /** Bots that want it by the present configuration. */
  readonly bots: readonly string[];
  readonly owed: readonly OutstandingCopy[];
  readonly deadLettered: readonly (OutstandingCopy & { readonly deadLetteredAt: string })[];
  /** Where the same id is archived besides: it came again on another day, or with other bytes. */
  readonly otherCopies: readonly string[];
}

export interface ReportEventPorts {
  readonly outbox: Pick<GuardedOutbox, 'list' | 'read' | 'listDeadLetters' | 'readDeadLetter'>;
  readonly matchBots: BotMatcher;
  readonly timeoutMs: number;
}

type Guarded<T> = Promise<CallResult<T, ArchiveError>>;

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
    names.push(...page.value.records.map(({ name }) => name).filter((name) => name.includes(`/${file}`)));
    from = page.value.next;
    if (from === undefined) break;
  }
  return { ok: true, value: names };
};

interface Named<R> {
  readonly name: string;
  readonly record: R;
}

/** Reads the records of one event, passing over those of another that shares its id. */
const recordsOf = async <R extends OutboxRecord>(
  { attributes }: ArchivedEvent,
  names: readonly string[],
  read: (name: string) => Guarded<R | 'unreadable' | 'gone'>,
): Guarded<readonly Named<R>[]> => {
  const records: Named<R>[] = [];
  for (const name of names) {
    const reading = await read(name);
    if (!reading.ok) return reading;
    if (typeof reading.value === 'string') continue;
    const { id, provider } = reading.value.attributes;
    if (id === attributes.id && provider === attributes.provider) records.push({ name, record: reading.value });
  }
  return { ok: true, value: records };
};

const outstandingIn = ({ name, record }: Named<OutboxRecord>): readonly OutstandingCopy[] =>
  record.owed.map(({ bot, queue, attempts }) => {
    const reason = record.history.findLast((entry) => entry.bot === bot)?.reason;
    return { bot, queue, attempts, reason, record: name };
  });

/** Says what became of an archived event: verified how, archived where, wanted by whom, owed to whom. */
export const reportEvent = async (
  { outbox, matchBots, timeoutMs }: ReportEventPorts,
  [event, ...others]: readonly [ArchivedEvent, ...ArchivedEvent[]],
): Guarded<EventReport> => {
  const { attributes, repository } = event;
  const owedNames = await namesOf((from) => outbox.list(from, timeoutMs), attributes.id);
  if (!owedNames.ok) return owedNames;
  const owed = await recordsOf<OutboxRecord>(event, owedNames.value, async (name) => {
    const reading = await outbox.read(name, timeoutMs);
    if (!reading.ok) return reading;
    const { value } = reading;
    return { ok: true, value: typeof value === 'string' ? value : value.record };
  });
  if (!owed.ok) return owed;
  const deadNames = await namesOf((from) => outbox.listDeadLetters(from, timeoutMs), attributes.id);
  if (!deadNames.ok) return deadNames;
  const dead = await recordsOf<DeadLetter>(event, deadNames.value, (name) => outbox.readDeadLetter(name, timeoutMs));
  if (!dead.ok) return dead;
  return {
    ok: true,
    value: {
      id: attributes.id,
      type: attributes.type,
      provider: attributes.provider,
      source: attributes.source,
      subject: attributes.subject,
      time: attributes.time,
      repository,
      correlationId: attributes.correlationid,
      signature: event.signatureStatus,
      secretVersion: event.secretVersion,
      archived: { name: event.name, bytes: event.size, contentType: event.contentType, sha256: event.sha256 },
      sessionKey: attributes.partitionkey,
      bots: matchBots({ ...attributes, ...(repository !== undefined && { repository }) }).map(({ name }) => name),
      owed: owed.value.flatMap(outstandingIn),
      deadLettered: dead.value.flatMap((named) =>
        outstandingIn(named).map((copy) => ({ ...copy, deadLetteredAt: named.record.deadLetteredAt })),
      ),
      otherCopies: others.map(({ name }) => name),
    },
  };
};
