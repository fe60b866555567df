import * as z from 'zod';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';
import type { Watch } from '../terminal/watch.js';
import { callEvents, type EventOperations } from './event-operations.js';

const eventSchema = z.object({
  id: z.string(),
  type: z.string(),
  time: z.string(),
  subject: z.string().optional(),
  outcome: z.string(),
  bots: z.array(z.string()),
});

const pageSchema = z.object({ events: z.array(eventSchema), next: z.string().optional() });

export type ListedEvent = z.infer<typeof eventSchema>;

/** The newest `count` deliveries that pass the filter, read page by page. */
export const listEvents = async (
  operations: EventOperations,
  { filter, count }: { readonly filter: Readonly<Record<string, string>>; readonly count: number },
  { progress, signal }: Watch,
): Promise<readonly ListedEvent[]> => {
  const events: ListedEvent[] = [];
  let cursor: string | undefined;
  try {
    do {
      progress.update(events.length, count, `${events.length} found`);
      const limit = String(Math.min(200, count - events.length));
      const query = new URLSearchParams({ ...filter, limit, ...(cursor !== undefined && { cursor }) });
      const page = await callEvents(operations, { method: 'GET', path: `events?${query}` }, pageSchema);
      events.push(...page.events);
      cursor = page.next;
    } while (cursor !== undefined && events.length < count && !signal.aborted);
  } finally {
    progress.clear();
  }
  return events;
};

const painted = (outcome: string): string => {
  if (outcome === 'dead-lettered') return paint.bad(outcome);
  return outcome === 'owed' ? paint.warn(outcome) : outcome;
};

/** Deliveries as a table, newest first. */
export const describeEvents = (events: readonly ListedEvent[]): readonly string[] =>
  alignColumns([
    ['Arrived', 'Outcome', 'Type', 'Subject', 'Bots', 'Id'].map(paint.quiet),
    ...events.map(({ time, outcome, type, subject = '', bots, id }) => [
      time,
      painted(outcome),
      type,
      subject,
      bots.join(', '),
      id,
    ]),
  ]);
