import { createControlClient, type Faults, type QueueCounts } from '../stack/control-client.js';
import type { BotQueue } from '../stack/stack-record.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { alignColumns, type Cell } from './terminal/columns.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  json: { type: 'boolean', help: 'print JSON' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Shows the queues of the local stack: how many messages wait, and where they stand.',
  usage: ['npm run queues', 'npm run --silent queues -- --json'],
  options,
  notes: ['Locked messages are held by a receiver; they count among the active or deferred as well.'],
};

const titles = ['Queue', 'Bot', 'Active', 'Locked', 'Deferred', 'Scheduled', 'Dead', 'Sessions'].map(paint.quiet);

const rowOf = (counts: QueueCounts, bots: readonly BotQueue[]): readonly Cell[] => {
  const { name, active, locked, deferred, scheduled, deadLettered, sessions } = counts;
  const owners = bots.filter((bot) => bot.queue === name);
  const ordered = owners.some((bot) => bot.ordered);
  const who = owners.map((bot) => bot.name).join(', ') || '-';
  return [name, who, active, locked, deferred, scheduled, deadLettered, ordered ? sessions : '-'];
};

const faultLines = (faults: Faults): readonly string[] =>
  Object.entries(faults)
    .filter(([, fault = 'none']) => fault !== 'none')
    .map(([name, fault = 'none']) => `${paint.warn('!')} ${name} has the fault: ${paint.warn(fault)}`);

const showQueues = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const record = await requireStack(stateDirectoryFor(values.state));
  const control = createControlClient(record.control);
  const [queues, faults] = await Promise.all([control.queues(), control.faults()]);
  if (values.json === true) {
    console.log(JSON.stringify({ queues, faults }, undefined, 2));
    return 0;
  }
  const rows = queues.map((counts) => rowOf(counts, record.bots));
  for (const line of alignColumns([titles, ...rows])) console.log(line);
  for (const line of faultLines(faults)) console.log(line);
  return 0;
};

await runCommand(description, showQueues);
