import * as z from 'zod';
import { callEvents } from './eventing/event-operations.js';
import { operationsFor } from './eventing/operations-for.js';
import { stateOption } from './stack/state-option.js';
import { alignColumns } from './terminal/columns.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { harmless } from './terminal/safe-text.js';

const options = {
  'dry-run': { type: 'boolean', help: 'say what would be asked for, and ask for nothing' },
  json: { type: 'boolean', help: 'print JSON' },
  url: { type: 'string', value: 'url', help: 'another host than the local one; see below' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Asks GitHub and GitLab for deliveries that they could not make and that are not kept here.',
  usage: ['npm run reconcile -- --dry-run', 'npm run reconcile'],
  options,
  notes: [
    'The app has to know whose history to read: docs/reconcile.md says how.',
    'With --url the variables ADMIN_TOKEN and FUNCTION_KEY are shown to that host.',
  ],
};

const runSchema = z.object({
  outcome: z.enum(['done', 'taken', 'unavailable']),
  of: z.string().optional(),
  reason: z.string().optional(),
  attemptsRead: z.number(),
  deliveries: z.array(
    z.object({
      hook: z.string(),
      deliveryId: z.string(),
      event: z.string(),
      time: z.string(),
      asked: z.number(),
      verdict: z.string(),
    }),
  ),
});

type Run = z.infer<typeof runSchema>;

const describeRun = ({
  outcome,
  of = 'the sender',
  reason = 'unknown',
  attemptsRead,
  deliveries,
}: Run): readonly string[] => {
  if (outcome === 'taken') return ['Another instance is at it. Ask again in a minute.'];
  const rows = deliveries.map(({ time, hook, event, deliveryId, asked, verdict }) => [
    `  ${time}`,
    harmless(hook),
    harmless(event),
    harmless(deliveryId),
    asked === 1 ? 'asked once' : `asked ${asked} times`,
    verdict,
  ]);
  const said = outcome === 'done' ? [] : [paint.bad(`Could not ask ${harmless(of)}: ${reason}. Why: npm run health`)];
  return [...alignColumns(rows), ...said, `${attemptsRead} attempts read, ${deliveries.length} deliveries missed`];
};

const reconcile = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const body = { dryRun: values['dry-run'] === true };
  const run = await callEvents(await operationsFor(values), { method: 'POST', path: 'reconcile', body }, runSchema);
  if (values.json === true) console.log(JSON.stringify(run));
  else for (const line of describeRun(run)) console.log(line);
  return run.outcome === 'done' ? 0 : 1;
};

await runCommand(description, reconcile);
