import * as z from 'zod';
import { alignColumns, type Cell } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';

const copySchema = z.object({
  bot: z.string(),
  queue: z.string(),
  attempts: z.number(),
  reason: z.string().optional(),
  deadLetteredAt: z.string().optional(),
});

const archivedCopySchema = z.object({
  type: z.string(),
  source: z.string(),
  subject: z.string().optional(),
  time: z.string(),
  correlationId: z.string(),
  signature: z.string(),
  secretVersion: z.string(),
  archived: z.object({ name: z.string(), bytes: z.number(), contentType: z.string(), sha256: z.string() }),
  sessionKey: z.string(),
  routing: z.string().optional(),
  bots: z.array(z.string()),
  owed: z.array(copySchema),
  deadLettered: z.array(copySchema),
});

/** What `GET events?id=` answers, as far as it is shown. */
export const eventReportSchema = archivedCopySchema.extend({
  id: z.string(),
  others: z.array(archivedCopySchema),
});

type ArchivedCopy = z.infer<typeof archivedCopySchema>;

type Copy = z.infer<typeof copySchema>;

const copyLine = ({ bot, queue, attempts, reason = 'unknown', deadLetteredAt }: Copy): string =>
  `${bot} (${queue}): ${reason}, ${attempts} attempts${deadLetteredAt === undefined ? '' : `, given up ${deadLetteredAt}`}`;

/** What the words of the answer mean, where they do not speak for themselves. */
const routingMeans: Readonly<Record<string, string>> = {
  routed: 'routed to all of them',
  owed: 'some copies are still owed',
  'dead-lettered': 'some copies were given up',
  'under-way': 'under way: its instance says within 5 seconds that it is settled',
  'never-routed': 'never routed: its instance was killed; the timer makes it owed with its next run',
  'no-bot': 'to no bot',
  unknown: 'not known',
};

const describeRouting = (routing: string): string => routingMeans[routing] ?? routing;

const describeArchivedCopy = (report: ArchivedCopy): readonly string[] => {
  const { archived, owed, deadLettered } = report;
  const rows: readonly (readonly Cell[])[] = [
    ['type', report.type],
    ['source', report.source],
    ...(report.subject === undefined ? [] : [['subject', report.subject]]),
    ['arrived', report.time],
    ['signature', `${report.signature}, secret version ${report.secretVersion}`],
    ['archived', `${archived.name}, ${archived.bytes} bytes, ${archived.contentType}`],
    ['SHA-256', archived.sha256],
    ['session', report.sessionKey],
    ['wanted by', report.bots.join(', ') || 'nobody'],
    ...(report.routing === undefined ? [] : [['routing', describeRouting(report.routing)]]),
    ...owed.map((copy) => [paint.warn('owed'), copyLine(copy)]),
    ...deadLettered.map((copy) => [paint.bad('given up'), copyLine(copy)]),
    ['correlation', report.correlationId],
  ];
  return alignColumns(rows.map(([name = '', value = '']) => [`  ${name}`, value]));
};

/** The report as lines to read: one id may stand for several events, and each may have come on several days. */
export const describeEvent = (report: z.infer<typeof eventReportSchema>): readonly string[] =>
  [report, ...report.others].flatMap((copy) => [paint.strong(report.id), ...describeArchivedCopy(copy)]);
