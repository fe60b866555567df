import type { HttpRequest } from '@azure/functions';
import type { ArchiveError } from '../archive/archive-error.js';
import type { CallResult } from '../circuit-breaker/call-errors.js';
import { type ListDeliveriesPorts, type ListedDelivery, listDeliveries } from '../operations/list-deliveries.js';
import { type ListedRecord, type ListRecordsPorts, listRecords } from '../operations/list-records.js';
import type { Clock } from '../time/clock.js';
import { archiveUnavailable } from './event-endpoints.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import { encodeCursor, type ListPlace, type ListQuery, readListQuery } from './read-list-query.js';

export interface ListEndpointPorts {
  readonly deliveries: ListDeliveriesPorts;
  readonly clock: Pick<Clock, 'epochMs'>;
  readonly bots: readonly string[];
}

export interface RecordEndpointPorts extends ListRecordsPorts {
  /** What its list is called in the answer. */
  readonly called: 'records' | 'deadLetters';
  readonly bots: readonly string[];
}

/** A page of a list, as it is answered. */
interface Page {
  readonly items: Readonly<Record<string, unknown>>;
  readonly next: ListPlace | undefined;
}

/** The clocks of two instances differ by less than this. */
const clockSkewMs = 300_000;

const asked = ({ provider, type, bot }: ListQuery) => ({ provider, ...(type !== '*' && { type }), bot });

const answer = async (
  request: HttpRequest,
  options: Parameters<typeof readListQuery>[1],
  { correlationId, list }: { readonly correlationId: string; readonly list: (query: ListQuery) => Listing },
): Promise<CommandResult> => {
  const reading = readListQuery(request, options);
  if (!reading.ok) {
    const detail = 'Nothing was listed: some parameters are not valid.';
    const refusedFields = reading.errors.map(({ field }) => field.replaceAll(/[^\x20-\x7e]/g, '?'));
    return {
      reply: problem('InvalidQuery', { detail, errors: reading.errors, correlationId }),
      audit: { outcome: 'invalid', refusedFields },
    };
  }
  const page = await list(reading.value);
  if (!page.ok) return archiveUnavailable(page.error, correlationId);
  const { items, next } = page.value;
  const jsonBody = { ...items, ...(next !== undefined && { next: encodeCursor(next) }) };
  return { reply: { status: 200, jsonBody }, audit: { outcome: 'done', ...asked(reading.value) } };
};

type Listing = Promise<CallResult<Page, ArchiveError>>;

/** `GET events`: deliveries by the time of their arrival, newest first. */
export const createListEvents =
  ({ deliveries, clock, bots }: ListEndpointPorts): CarryOut =>
  (request, correlationId) => {
    const list = async (query: ListQuery): Listing => {
      const { after = { time: new Date(clock.epochMs() + clockSkewMs).toISOString(), name: '' } } = query;
      const before = { time: after.time, archived: after.name };
      const listed = await listDeliveries(deliveries, { filter: query, before, limit: query.limit });
      if (!listed.ok) return listed;
      const { deliveries: events, next } = listed.value;
      const place = next && { time: next.time, name: next.archived };
      const found: readonly ListedDelivery[] = events;
      return { ok: true, value: { items: { events: found, providers: deliveries.providers, bots }, next: place } };
    };
    return answer(request, { bots, withOutcome: true }, { correlationId, list });
  };

/** `GET outbox`, `GET dead-letters`: what is owed or was given up, newest first. */
export const createListRecords =
  ({ called, bots, ...ports }: RecordEndpointPorts): CarryOut =>
  (request, correlationId) => {
    const list = async (query: ListQuery): Listing => {
      const listed = await listRecords(ports, { filter: query, after: query.after, limit: query.limit });
      if (!listed.ok) return listed;
      const { records, next, total, more } = listed.value;
      const found: readonly ListedRecord[] = records;
      return { ok: true, value: { items: { [called]: found, total, ...(more && { more }) }, next } };
    };
    return answer(request, { bots }, { correlationId, list });
  };
