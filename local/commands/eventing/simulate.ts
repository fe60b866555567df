import * as z from 'zod';
import { alignColumns } from '../terminal/columns.js';
import { paint } from '../terminal/paint.js';
import type { Watch } from '../terminal/watch.js';
import { callEvents, type EventOperations } from './event-operations.js';
import { percentOf, type Stretch } from './stretch.js';

const differenceSchema = z.object({
  change: z.enum(['gained', 'lost', 'reordered']),
  id: z.string(),
  type: z.string(),
  time: z.string(),
});

const botSchema = z.object({
  bot: z.string(),
  got: z.number(),
  wouldGet: z.number(),
  gained: z.number(),
  lost: z.number(),
  reordered: z.number(),
  examples: z.array(differenceSchema),
});

const reportSchema = z.object({
  events: z.number(),
  bots: z.array(botSchema),
  resumeFrom: z.iso.datetime().optional(),
});

type Report = z.infer<typeof reportSchema>;

export type SimulatedBot = z.infer<typeof botSchema>;

/** What a whole simulation found. */
export interface SimulationTotal {
  readonly events: number;
  readonly bots: readonly SimulatedBot[];
  /** Where it was ended before its time. */
  readonly goOnFrom?: string;
}

const maxExamples = 20;

const plus = (one: SimulatedBot | undefined, other: SimulatedBot): SimulatedBot =>
  one === undefined
    ? other
    : {
        bot: other.bot,
        got: one.got + other.got,
        wouldGet: one.wouldGet + other.wouldGet,
        gained: one.gained + other.gained,
        lost: one.lost + other.lost,
        reordered: one.reordered + other.reordered,
        examples: [...one.examples, ...other.examples].slice(0, maxExamples),
      };

/** Simulates a stretch of time call by call, to its end, or until it is told to end. Throws `CommandError` with what the host said against it. */
export const simulate = async (
  operations: EventOperations,
  asked: { readonly bots: unknown; readonly stretch: Stretch; readonly provider?: string; readonly type?: string },
  { progress, signal }: Watch,
): Promise<SimulationTotal> => {
  const { bots, stretch, ...filter } = asked;
  const to = new Date(stretch.toMs).toISOString();
  const total = new Map<string, SimulatedBot>();
  let from: string | undefined = new Date(stretch.fromMs).toISOString();
  let events = 0;
  try {
    while (from !== undefined && !signal.aborted) {
      progress.update(percentOf(from, stretch), 100, `${from}  ${events} events`);
      const command = { method: 'POST', path: 'events/simulate', body: { ...filter, bots, from, to } } as const;
      const report: Report = await callEvents(operations, command, reportSchema);
      events += report.events;
      for (const bot of report.bots) total.set(bot.bot, plus(total.get(bot.bot), bot));
      from = report.resumeFrom;
    }
  } finally {
    progress.clear();
  }
  return { events, bots: [...total.values()], ...(from !== undefined && { goOnFrom: from }) };
};

/** The result as lines to read: a row for each bot, then the first events that differ. */
export const describeSimulation = ({ events, bots }: SimulationTotal): readonly string[] => {
  const rows = bots.map(({ bot, got, wouldGet, gained, lost, reordered }) => [
    bot,
    got,
    wouldGet,
    gained,
    lost > 0 ? paint.bad(String(lost)) : lost,
    reordered > 0 ? paint.warn(String(reordered)) : reordered,
  ]);
  const examples = bots.flatMap(({ bot, examples: some }) =>
    some.slice(0, 5).map(({ change, time, type, id }) => [`  ${bot}`, change, time, type, id]),
  );
  return [
    `${events} events`,
    ...alignColumns([['Bot', 'Got', 'Would get', 'Gained', 'Lost', 'Other order'].map(paint.quiet), ...rows]),
    ...(examples.length === 0 ? [] : ['', 'Some that differ:', ...alignColumns(examples)]),
  ];
};
