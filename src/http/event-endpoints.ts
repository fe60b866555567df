import type { HttpRequest } from '@azure/functions';
import type { ArchiveError } from '../archive/archive-error.js';
import type { ArchivedEvent } from '../archive/archived-event.js';
import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-result.js';
import type { Clock } from '../circuit-breaker/clock.js';
import { forcedMessageId } from '../envelope/message-id.js';
import type { ReplayFacts } from '../operations/audit.js';
import { failureReason } from '../outbox/failure-reason.js';
import { daysBack, findArchived } from '../outbox/find-archived.js';
import type { GuardedOutbox } from '../outbox/guarded-outbox.js';
import { type ReplayEventsPorts, replayEvents } from '../outbox/replay-events.js';
import { reportEvent } from '../outbox/report-event.js';
import { sendArchived } from '../outbox/send-archived.js';
import type { BotRoute } from '../routing/route-event.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import { type CommandReading, type ReplayOne, readReplayMany, readReplayOne } from './read-replay.js';

export interface EventEndpointPorts extends ReplayEventsPorts {
  readonly outbox: Pick<GuardedOutbox, 'list' | 'read' | 'listDeadLetters' | 'readDeadLetter'>;
  readonly clock: Pick<Clock, 'monotonicMs' | 'epochMs'>;
  /** Names of the providers that are on: where events are looked for unless the request names one. */
  readonly providers: readonly string[];
  readonly bots: readonly string[];
}

/** Without a date, so many days back are searched. */
const searchedDays = 31;
const callTimeoutMs = 8_000;
/** Well below the 230 seconds after which Azure cuts an HTTP request off. */
const replayTimeLimitMs = 100_000;
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

const unknown = (correlationId: string): CommandResult => {
  const detail = `No event of the last ${searchedDays} days has this id. Name its day as date, or its provider, to look further.`;
  return { reply: problem('UnknownEvent', { detail, correlationId }), audit: { outcome: 'unknown' } };
};

const invalid = (
  errors: Extract<CommandReading<never>, { ok: false }>['errors'],
  correlationId: string,
): CommandResult => ({
  reply: problem('InvalidReplay', { detail: 'Nothing was sent: some fields cannot be used.', errors, correlationId }),
  audit: { outcome: 'invalid', refusedFields: errors.map(({ field }) => printable(field)) },
});

const find = (
  { list, providers, clock }: EventEndpointPorts,
  {
    id,
    provider,
    date,
  }: { readonly id: string; readonly provider: string | undefined; readonly date: string | undefined },
): Promise<CallResult<readonly ArchivedEvent[], ArchiveError>> =>
  findArchived(list, {
    id,
    providers: provider === undefined ? providers : [provider],
    days: date === undefined ? daysBack(clock.epochMs(), searchedDays) : [date.replaceAll('-', '/')],
    timeoutMs: callTimeoutMs,
  });

const day = /^\d{4}-\d{2}-\d{2}$/;
const providerName = /^[a-z0-9][a-z0-9-]{0,62}$/;

const matching = (text: string | null, form: RegExp): string | undefined =>
  text !== null && form.test(text) ? text : undefined;

const idOf = ({ params }: HttpRequest): string => params['id'] ?? '';

/** The same result, whose audit line says what was asked. */
const audited = ({ reply, audit }: CommandResult, asked: ReplayFacts): CommandResult => ({
  reply,
  audit: { ...audit, ...asked },
});

/** `GET events/{id}`: what became of one delivery. `?provider=` and `?date=2026-01-31` narrow the search. */
export const createShowEvent =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const id = idOf(request);
    const provider = matching(request.query.get('provider'), providerName);
    const date = matching(request.query.get('date'), day);
    const asked = { id: printable(id) };
    const found = await find(ports, { id, provider, date });
    if (!found.ok) return audited(unavailable('blob-storage', found.error, correlationId), asked);
    const [event, ...others] = found.value;
    if (event === undefined) return audited(unknown(correlationId), asked);
    const report = await reportEvent({ ...ports, timeoutMs: callTimeoutMs }, [event, ...others]);
    if (!report.ok) return audited(unavailable('blob-storage', report.error, correlationId), asked);
    return { reply: { status: 200, jsonBody: report.value }, audit: { outcome: 'done', ...asked } };
  };

const failuresIn = (routes: readonly BotRoute[]) =>
  routes.flatMap((route) =>
    route.kind === 'routed'
      ? []
      : [{ bot: route.bot.name, reason: route.kind === 'refused' ? route.reason : failureReason(route.fault) }],
  );

const replayFound = async (
  ports: EventEndpointPorts,
  { event, asked }: { readonly event: ArchivedEvent; readonly asked: ReplayOne },
  correlationId: string,
): Promise<CommandResult> => {
  const { attributes, repository } = event;
  const matched = ports.matchBots({ ...attributes, ...(repository !== undefined && { repository }) });
  const bots = matched.filter(({ name }) => asked.bot === undefined || asked.bot === name);
  const { id, type, time } = attributes;
  const facts = { id, type, time, dryRun: asked.dryRun, force: asked.force };
  const audit = { outcome: 'done' } as const;
  if (asked.dryRun) {
    const jsonBody = { ...facts, sentTo: [], wouldSendTo: bots.map(({ name }) => name), failed: [] };
    return { reply: { status: 200, jsonBody }, audit: { ...audit, sent: 0 } };
  }
  const forced = asked.force ? forcedMessageId(correlationId, event.name) : undefined;
  const sent = await sendArchived(ports, { event, bots, messageId: forced, timeoutMs: callTimeoutMs });
  if (sent.kind === 'unavailable') return unavailable('blob-storage', sent.error, correlationId);
  if (sent.kind === 'damaged') {
    const failed = bots.map(({ name }) => ({ bot: name, reason: sent.reason }));
    return { reply: { status: 200, jsonBody: { ...facts, sentTo: [], failed } }, audit: { ...audit, sent: 0 } };
  }
  const owed = sent.routes.find((route) => route.kind === 'owed');
  if (owed !== undefined) return unavailable('service-bus', owed.fault, correlationId);
  const sentTo = sent.routes.filter(({ kind }) => kind === 'routed').map(({ bot }) => bot.name);
  const jsonBody = { ...facts, sentTo, failed: failuresIn(sent.routes) };
  return { reply: { status: 200, jsonBody }, audit: { ...audit, sent: sentTo.length } };
};

/** `POST events/{id}/replay`: sends one archived event again, in its very own envelope. */
export const createReplayEvent =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const reading = await readReplayOne(request, ports.bots);
    if (!reading.ok) return invalid(reading.errors, correlationId);
    const { provider, date, bot, dryRun, force } = reading.value;
    const asked = { id: printable(idOf(request)), provider, bot, dryRun, force };
    const found = await find(ports, { id: idOf(request), provider, date });
    if (!found.ok) return audited(unavailable('blob-storage', found.error, correlationId), asked);
    const [event] = found.value;
    if (event === undefined) return audited(unknown(correlationId), asked);
    return audited(await replayFound(ports, { event, asked: reading.value }, correlationId), asked);
  };

/**
 * `POST events/replay`: sends the archived events of a stretch of time again, in the order of their arrival. Answers how far it
 * came: `resumeFrom` is the next call's `from`.
 */
export const createReplayEvents =
  (ports: EventEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const reading = await readReplayMany(request, { bots: ports.bots, nowMs: ports.clock.epochMs() });
    if (!reading.ok) return invalid(reading.errors, correlationId);
    const { fromMs, toMs, provider, type, wantsType, bot, dryRun, force } = reading.value;
    const providers = provider === undefined ? ports.providers : [provider];
    const report = await replayEvents(ports, {
      filter: { fromMs, toMs, providers, wantsType, bot },
      dryRun,
      messageIdFor: force ? (archiveName) => forcedMessageId(correlationId, archiveName) : undefined,
      untilMs: ports.clock.monotonicMs() + replayTimeLimitMs,
    });
    const [from, to] = [new Date(fromMs).toISOString(), new Date(toMs).toISOString()];
    const { events, sent, complete } = report;
    return {
      reply: { status: 200, jsonBody: { from, to, dryRun, force, ...report } },
      audit: { outcome: 'done', from, to, provider, type, bot, dryRun, force, events, sent, complete },
    };
  };
