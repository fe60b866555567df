import { readFileSync, writeFileSync } from 'node:fs';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { capacityTables, withCapacityTables } from './capacity/tables.js';

const options = {
  write: { type: 'boolean', help: 'put the tables into docs/capacity.md' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary:
    'Plays arrival rates against measured costs and published limits: how much a deployment takes, and what is throttled first.',
  usage: ['npm run capacity', 'npm run capacity -- --write'],
  options,
};

const page = 'docs/capacity.md';

const show = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  if (values.write === true) writeFileSync(page, withCapacityTables(readFileSync(page, 'utf8')));
  for (const [name, table] of Object.entries(capacityTables())) console.log(`${name}\n\n${table}\n`);
  return 0;
};

await runCommand(description, show);
