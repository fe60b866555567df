import * as z from 'zod';
import { CommandError } from '../terminal/command-error.js';
import type { Watch } from '../terminal/watch.js';
import { callEvents, type EventOperations } from './event-operations.js';
import { percentOf, type Stretch } from './stretch.js';

const reportSchema = z.object({
  events: z.number(),
  sent: z.number(),
  bots: z.record(z.string(), z.number()),
  failed: z.array(z.object({ bot: z.string(), reason: z.string(), times: z.number() })),
  complete: z.boolean(),
  stoppedBy: z.string().optional(),
  resumeFrom: z.iso.datetime().optional(),
});

type Report = z.infer<typeof reportSchema>;

/** What is asked for beside the time. */
export interface ReplayChoice {
  readonly provider?: string;
  readonly type?: string;
  readonly bot?: string;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** Under one key each archived copy is forced once, however often the command is repeated. */
  readonly forceKey?: string;
}

/** What a whole replay did. */
export interface ReplayTotal {
  events: number;
  sent: number;
  readonly bots: Map<string, number>;
  readonly failed: Map<string, number>;
  /** Where it was ended before its time. */
  goOnFrom?: string;
}

const addTo = (total: ReplayTotal, { events, sent, bots, failed }: Report): void => {
  total.events += events;
  total.sent += sent;
  for (const [bot, copies] of Object.entries(bots)) total.bots.set(bot, (total.bots.get(bot) ?? 0) + copies);
  for (const { bot, reason, times } of failed) {
    const key = `${bot}: ${reason}`;
    total.failed.set(key, (total.failed.get(key) ?? 0) + times);
  }
};

/** So long a call works, so that the next line of progress is not far. */
const callSeconds = 5;

/** Replays a stretch of time call by call, in order, to its end, or until it is told to end. Throws `CommandError` saying how to go on when a dependency fails. */
export const replayStretch = async (
  operations: EventOperations,
  { stretch: { fromMs, toMs }, choice }: { readonly stretch: Stretch; readonly choice: ReplayChoice },
  { progress, signal }: Watch,
): Promise<ReplayTotal> => {
  const total: ReplayTotal = { events: 0, sent: 0, bots: new Map(), failed: new Map() };
  const to = new Date(toMs).toISOString();
  let from: string | undefined = new Date(fromMs).toISOString();
  try {
    while (from !== undefined && !signal.aborted) {
      progress.update(percentOf(from, { fromMs, toMs }), 100, `${from}  ${total.events} events`);
      const body = { ...choice, from, to, seconds: callSeconds };
      const report: Report = await callEvents(
        operations,
        { method: 'POST', path: 'events/replay', body },
        reportSchema,
      );
      addTo(total, report);
      if (report.stoppedBy !== undefined && report.stoppedBy !== 'time-limit') {
        const key = choice.forceKey === undefined ? '' : ` --force-key ${choice.forceKey}`;
        const advice = `Once it is back go on with: --from ${report.resumeFrom ?? from}${key}`;
        throw new CommandError(`${report.stoppedBy} failed after ${total.sent} copies had been sent`, advice);
      }
      from = report.complete ? undefined : report.resumeFrom;
    }
    return from === undefined ? total : { ...total, goOnFrom: from };
  } finally {
    progress.clear();
  }
};
