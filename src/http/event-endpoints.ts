import type { HttpRequest } from '@azure/functions';
import type { ArchiveError } from '../archive/archive-error.js';
import type { ArchivedEvent } from '../archive/archived-event.js';
import { daysBack, findInAccounts } from '../archive/find-archived.js';
import type { GuardedList } from '../archive/guarded-archive.js';
import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import { eventMessageId, forcedMessageId } from '../envelope/event-identity.js';
import type { ReplayFacts } from '../operations/audit.js';
import { type ReportEventPorts, reportEvent } from '../operations/report-event.js';
import { type ReplayEventsPorts, replayEvents } from '../outbox/replay/replay-events.js';
import { type SendArchivedRequest, sendArchived } from '../outbox/replay/send-archived.js';
import { type BotRoute, reasonOfFault } from '../routing/route-event.js';
import { nameForm } from '../text/text.js';
import type { Clock } from '../time/clock.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import { type CommandReading, type ReplayMany, type ReplayOne, readReplay, readReplayOne } from './read-replay.js';

export interface EventEndpointPorts extends ReplayEventsPorts {
  /** The archive's listing, account by account: one that fails hides no event of the others. */
  readonly lists: readonly GuardedList[];
  /** Outbox and processes of the accounts that these archive names lead to. */
  readonly accountsOf: (names: readonly string[]) => Pick<ReportEventPorts, 'outbox' | 'listPresences' | 'isAccepted'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'epochMs'>;
  /** Names of the providers that are on: where events are looked for unless the request names one. */
  readonly providers: readonly string[];
  readonly bots: readonly string[];
}

/** Without a date, so many days back are searched. */
const searchedDays = 31;
const callTimeoutMs = 8_000;
const defaultRetryAfterMs = 5_000;

/** As it may stand in a log. */
const printable = (text: string): string => text.slice(0, 80).replaceAll(/[^\x20-\x7e]/g, '?');

const unavailable = (
  service: 'blob-storage' | 'service-bus',
  error: CircuitBreakerError<unknown> | undefined,
  correlationId: string,
): CommandResult => {
  const open = error?.kind === 'circuit-open';
  const code = open ? 'CircuitBreakerOpen' : service === 'blob-storage' ? 'ArchiveUnavailable' : 'QueueingFailed';
  const detail = 'A dependency does not answer now. Send the same request again later.';
  const retryAfterMs = open ? error.retryAfterMs : defaultRetryAfterMs;
  return { reply: problem(code, { detail, service, retryAfterMs, correlationId }), audit: { outcome: 'unavailable' } };
};

/** Storage failed while it was asked for a list. */
export const archiveUnavailable = (error: CircuitBreakerError<ArchiveError>, correlationId: string): CommandResult =>
  unavailable('blob-storage', error, correlationId);

const unknown = (correlationId: string): CommandResult => {
  const detail = `No event of the last ${searchedDays} days has this id. Name its day as date, or its provider, to look further.`;
  return { reply: problem('UnknownEvent', { detail, correlationId }), audit: { outcome: 'unknown' } };
};

/** A command for a replay that cannot be understood. */
export const invalidReplay = (
  errors: Extract<CommandReading<never>, { ok: false }>['errors'],
  correlationId: string,
): CommandResult => ({
  reply: problem('InvalidReplay', { detail: 'Nothing was sent: some fields are not valid.', errors, correlationId }),
  audit: { outcome: 'invalid', refusedFields: errors.map(({ field }) => printable(field)) },
});

const find = (
  { lists, providers, clock }: EventEndpointPorts,
  {
    id,
    provider,
    date,
  }: { readonly id: string; readonly provider: string | undefined; readonly date: string | undefined },
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> =>
  findInAccounts(lists, {
    id,
    providers: provider === undefined ? providers : [provider],
    days: date === undefined ? daysBack(clock.epochMs(), searchedDays) : [date.replaceAll('-', '/')],
    timeoutMs: callTimeoutMs,
  });

const day = /^\d{4}-\d{2}-\d{2}$/;

const matching = (text: string | null, form: RegExp): string | undefined =>
  text !== null && form.test(text) ? text : undefined;

/** In the path, or in the query for an id that a path cannot hold. */
const idOf = ({ params, query }: HttpRequest): string => params['id'] ?? query.get('id') ?? '';

/** The same result, whose audit line says what was asked. */
const audited = ({ reply, audit }: CommandResult, asked: ReplayFacts): CommandResult => ({
  reply,
  audit: { ...audit, ...asked },
});

/** `GET events/{id}` or `GET events?id=`: what became of one delivery. `?provider=` and `?date=2026-01-31` narrow the search. */
export const createShowEvent =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const id = idOf(request);
    const provider = matching(request.query.get('provider'), nameForm);
    const date = matching(request.query.get('date'), day);
    const asked = { id: printable(id) };
    const found = await find(ports, { id, provider, date });
    if (!found.ok) return audited(unavailable('blob-storage', found.error, correlationId), asked);
    const [event, ...others] = found.value;
    if (event === undefined) return audited(unknown(correlationId), asked);
    const accounts = ports.accountsOf(found.value.map(({ name }) => name));
    const report = await reportEvent({ ...ports, ...accounts, timeoutMs: callTimeoutMs }, [event, ...others]);
    if (!report.ok) return audited(unavailable('blob-storage', report.error, correlationId), asked);
    return { reply: { status: 200, jsonBody: report.value }, audit: { outcome: 'done', ...asked } };
  };

const failuresIn = (routes: readonly BotRoute[]) =>
  routes.flatMap((route) =>
    route.kind === 'routed'
      ? []
      : [{ bot: route.bot.name, reason: route.kind === 'refused' ? route.reason : reasonOfFault(route.fault) }],
  );

/** The different events among the copies of an id, each by its oldest copy. */
const differentEvents = (copies: readonly ArchivedEvent[]): readonly ArchivedEvent[] => {
  const byMessageId = new Map<string, ArchivedEvent>();
  for (const copy of copies) {
    const messageId = eventMessageId({ ...copy.attributes, sha256: copy.sha256 });
    if (!byMessageId.has(messageId)) byMessageId.set(messageId, copy);
  }
  return [...byMessageId.values()];
};

type OneReplayed =
  | {
      readonly kind: 'replayed';
      readonly sentTo: readonly string[];
      readonly failed: readonly { readonly bot: string; readonly reason: string }[];
    }
  | {
      readonly kind: 'unavailable';
      readonly service: 'blob-storage' | 'service-bus';
      readonly error: CircuitBreakerError<unknown>;
    };

const replayEvent = async (
  ports: EventEndpointPorts,
  { event, bots, messageId }: Pick<SendArchivedRequest, 'event' | 'bots' | 'messageId'>,
): Promise<OneReplayed> => {
  const sent = await sendArchived(ports, { event, bots, messageId, timeoutMs: callTimeoutMs });
  if (sent.kind === 'unavailable') return { kind: 'unavailable', service: 'blob-storage', error: sent.error };
  if (sent.kind === 'damaged') {
    return { kind: 'replayed', sentTo: [], failed: bots.map(({ name }) => ({ bot: name, reason: sent.reason })) };
  }
  const owed = sent.routes.find((route) => route.kind === 'owed');
  if (owed !== undefined) return { kind: 'unavailable', service: 'service-bus', error: owed.fault };
  const sentTo = sent.routes.filter(({ kind }) => kind === 'routed').map(({ bot }) => bot.name);
  return { kind: 'replayed', sentTo, failed: failuresIn(sent.routes) };
};

const replayFound = async (
  ports: EventEndpointPorts,
  { copies, asked }: { readonly copies: readonly [ArchivedEvent, ...ArchivedEvent[]]; readonly asked: ReplayOne },
  correlationId: string,
): Promise<CommandResult> => {
  const { dryRun, force, forceKey = correlationId } = asked;
  const events: Readonly<Record<string, unknown>>[] = [];
  const sentTo: string[] = [];
  const wanted: string[] = [];
  const failed: { readonly bot: string; readonly reason: string }[] = [];
  for (const event of differentEvents(copies)) {
    const { attributes, repository, name: archived } = event;
    const matched = ports.matchBots({ ...attributes, ...(repository !== undefined && { repository }) });
    const isHeldBack = event.signatureStatus === 'repeated-body' && !force;
    const bots = isHeldBack ? [] : matched.filter(({ name }) => asked.bot === undefined || asked.bot === name);
    wanted.push(...bots.map(({ name }) => name));
    const messageId = force ? forcedMessageId(forceKey, archived) : undefined;
    const one = dryRun
      ? ({ kind: 'replayed', sentTo: [], failed: [] } as const)
      : await replayEvent(ports, { event, bots, messageId });
    if (one.kind === 'unavailable') return unavailable(one.service, one.error, correlationId);
    sentTo.push(...one.sentTo);
    failed.push(...one.failed);
    const { type, time, provider } = attributes;
    events.push({ type, time, provider, archived, sentTo: one.sentTo, failed: one.failed });
  }
  const { id, type, time } = copies[0].attributes;
  const facts = { id, type, time, dryRun, force, sentTo: [...new Set(sentTo)] };
  const wouldSendTo = dryRun && { wouldSendTo: [...new Set(wanted)] };
  const jsonBody = { ...facts, ...wouldSendTo, failed, events };
  return { reply: { status: 200, jsonBody }, audit: { outcome: 'done', events: events.length, sent: sentTo.length } };
};

const replayOne = async (
  ports: EventEndpointPorts,
  command: ReplayOne,
  correlationId: string,
): Promise<CommandResult> => {
  const { id, provider, date, bot, dryRun, force } = command;
  const asked = { id: printable(id), provider, bot, dryRun, force };
  const found = await find(ports, { id, provider, date });
  if (!found.ok) return audited(unavailable('blob-storage', found.error, correlationId), asked);
  const [event, ...others] = found.value;
  if (event === undefined) return audited(unknown(correlationId), asked);
  return audited(await replayFound(ports, { copies: [event, ...others], asked: command }, correlationId), asked);
};

/**
 * `POST events/{id}/replay`: sends one archived event again, in its own envelope. Where its id stands for several, with
 * other bytes or on other routes, each of them once.
 */
export const createReplayEvent =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const reading = await readReplayOne(request, { id: idOf(request), bots: ports.bots });
    return reading.ok ? replayOne(ports, reading.value, correlationId) : invalidReplay(reading.errors, correlationId);
  };

const replayMany = async (
  ports: EventEndpointPorts,
  { fromMs, toMs, provider, type, wantsType, bot, dryRun, force, forceKey, seconds }: ReplayMany,
  correlationId: string,
): Promise<CommandResult> => {
  const report = await replayEvents(ports, {
    filter: { fromMs, toMs, providers: provider === undefined ? ports.providers : [provider], wantsType, bot },
    dryRun,
    messageIdFor: force ? (archiveName) => forcedMessageId(forceKey ?? correlationId, archiveName) : undefined,
    untilMs: ports.clock.monotonicMs() + seconds * 1_000,
  });
  const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
  const { events, sent, complete } = report;
  return {
    reply: { status: 200, jsonBody: { from, to, dryRun, force, ...report } },
    audit: { outcome: 'done', from, to, provider, type, bot, dryRun, force, events, sent, complete },
  };
};

/**
 * `POST events/replay`: sends the archived events of a stretch of time again, in the order of their arrival, or the one that
 * `id` names. Answers how far it came: `resumeFrom` is the next call's `from`.
 */
export const createReplayEvents =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const reading = await readReplay(request, { bots: ports.bots, nowMs: ports.clock.epochMs() });
    if (!reading.ok) return invalidReplay(reading.errors, correlationId);
    const { value } = reading;
    return value.id === undefined ? replayMany(ports, value, correlationId) : replayOne(ports, value, correlationId);
  };
