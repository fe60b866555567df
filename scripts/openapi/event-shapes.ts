import * as z from 'zod';
import { type ListedDelivery, outcomes } from '../../src/operations/list-deliveries.js';
import type { ListedOwedCopy, ListedRecord } from '../../src/operations/list-records.js';
import type { CopyReport, EventReport } from '../../src/operations/report-event.js';
import type { Simulation } from '../../src/operations/simulate-routing.js';
import type { DeadLettersReplay } from '../../src/outbox/replay/replay-dead-letters.js';
import type { ReplayReport } from '../../src/outbox/replay/replay-tally.js';
import type { ReconcileRun } from '../../src/reconcile/reconcile.js';
import { bytes, count, flag, moment, type Shape, text, texts } from './shape.js';

export const event = z
  .object({
    id: text,
    type: text,
    status: z.enum(['accepted', 'deferred']),
    archived: flag,
    routedTo: texts,
    degraded: texts,
    duplicate: flag,
  })
  .describe('One accepted event. `degraded` names dependencies and bots that are not served as usual.');

const correlationId = text.describe('Names the request in the log.');

export const accepted = event.extend({ correlationId });

export const acceptedBatch = z.object({
  status: z.enum(['accepted', 'deferred']),
  events: z.array(event).exactOptional(),
  batch: z.object({ events: count, waiting: count }).exactOptional(),
  correlationId,
});

export const listedCopy = z.object({
  bot: text,
  queue: text,
  attempts: count,
  reason: text.exactOptional(),
}) satisfies Shape<ListedOwedCopy>;

const copies = z.array(listedCopy);

export const listedDelivery = z.object({
  id: text,
  type: text,
  event: text,
  source: text,
  subject: text.exactOptional(),
  time: moment,
  provider: text,
  repository: text.exactOptional(),
  archived: text,
  bytes,
  signature: text,
  outcome: z.enum(outcomes),
  bots: texts,
  owed: copies,
  deadLettered: copies,
}) satisfies Shape<ListedDelivery>;

const next = text.exactOptional().describe('The `cursor` of the next page; absent on the last one.');

export const deliveryList = z.object({ events: z.array(listedDelivery), providers: texts, bots: texts, next });

export const listedRecord = z.object({
  id: text,
  type: text,
  source: text,
  subject: text.exactOptional(),
  time: moment,
  provider: text,
  repository: text.exactOptional(),
  archived: text,
  bytes,
  record: text,
  copies,
  deadLetteredAt: moment.exactOptional(),
  reason: text.exactOptional(),
}) satisfies Shape<ListedRecord>;

const page = { total: count, more: flag.exactOptional(), next };

export const recordList = z.object({ records: z.array(listedRecord), ...page });
export const deadLetterList = z.object({ deadLetters: z.array(listedRecord), ...page });

const outstanding = z.object({
  bot: text,
  queue: text,
  attempts: count,
  reason: text.exactOptional(),
  record: text,
});

export const copyReport = z.object({
  type: text,
  provider: text,
  source: text,
  subject: text.exactOptional(),
  time: moment,
  repository: text.exactOptional(),
  correlationId: text,
  signature: text,
  secretVersion: text,
  archived: z.object({ name: text, bytes, contentType: text, sha256: text }),
  sessionKey: text,
  routing: z.enum(['routed', 'owed', 'dead-lettered', 'under-way', 'never-routed', 'no-bot', 'unknown']),
  bots: texts,
  owed: z.array(outstanding),
  deadLettered: z.array(outstanding.extend({ deadLetteredAt: moment })),
}) satisfies Shape<CopyReport>;

export const eventReport = copyReport.extend({
  id: text,
  otherCopies: texts,
  others: z.array(copyReport),
}) satisfies Shape<EventReport>;

const failedCopy = z.object({ bot: text, reason: text });

export const eventReplayed = z.object({
  id: text,
  type: text,
  time: moment,
  dryRun: flag,
  force: flag,
  sentTo: texts,
  wouldSendTo: texts.exactOptional(),
  failed: z.array(failedCopy),
  events: z.array(
    z.object({ type: text, time: moment, provider: text, archived: text, sentTo: texts, failed: z.array(failedCopy) }),
  ),
});

const period = { from: moment, to: moment };

const replayReport = z.object({
  events: count,
  sent: count,
  bots: z.record(text, count),
  failed: z.array(failedCopy.extend({ times: count })),
  complete: flag,
  stoppedBy: z.enum(['time-limit', 'service-bus', 'blob-storage']).exactOptional(),
  resumeFrom: moment.exactOptional().describe('The `from` of the next call; absent when all is done.'),
}) satisfies Shape<ReplayReport>;

export const eventsReplayed = replayReport.extend({ ...period, dryRun: flag, force: flag });

export const deadLettersReplayed = z.object({
  bot: text,
  dryRun: flag,
  letters: count,
  revived: count,
  stuck: count,
  complete: flag,
  stoppedBy: z.enum(['time-limit', 'blob-storage']).exactOptional(),
  after: text.exactOptional().describe('The `after` of the next call; absent when all is done.'),
  left: count,
}) satisfies Shape<Omit<DeadLettersReplay, 'after'>>;

const simulation = z.object({
  events: count,
  bots: z.array(
    z.object({
      bot: text,
      got: count,
      wouldGet: count,
      gained: count,
      lost: count,
      reordered: count,
      examples: z.array(
        z.object({ change: z.enum(['gained', 'lost', 'reordered']), id: text, type: text, time: moment }),
      ),
    }),
  ),
  resumeFrom: moment.exactOptional(),
}) satisfies Shape<Simulation>;

export const simulated = simulation.extend({ ...period, complete: flag });

export const reconciled = z.object({
  dryRun: flag,
  outcome: z.enum(['done', 'taken', 'unavailable']),
  of: text.exactOptional(),
  reason: text.exactOptional(),
  time: moment,
  attemptsRead: count,
  deliveries: z.array(
    z.object({
      hook: text,
      deliveryId: text,
      event: text,
      time: moment,
      asked: count,
      verdict: z.enum(['asked', 'would-ask', 'kept', 'waiting', 'given-up', 'refused']),
    }),
  ),
}) satisfies Shape<ReconcileRun>;
