import { readFileSync, writeFileSync } from 'node:fs';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { createDownload } from '../src/source-ranges/download-text.js';
import { systemClock } from '../src/time/clock.js';
import { publishedLists } from './sender-ranges/published-lists.js';
import { type SenderRanges, updateSenderRanges } from './sender-ranges/update-sender-ranges.js';

const options = {
  check: { type: 'boolean', help: 'write nothing; fails when a list has changed, or cannot be read' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Brings infra/sender-ranges.json up to date with what senders publish: where their webhooks come from.',
  usage: ['npm run sender-ranges', 'npm run sender-ranges -- --check'],
  options,
  notes: [
    'With onlyFromSenders the deployment lets in these ranges and nobody else. After a change: npm run infra -- --write, commit, deploy.',
  ],
};

const file = 'infra/sender-ranges.json';

const update = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const known: SenderRanges = JSON.parse(readFileSync(file, 'utf8'));
  const download = (url: string) => createDownload({ url, clock: systemClock })();
  const { ranges, changes, problems } = await updateSenderRanges({ known, lists: publishedLists, download });
  for (const line of [...changes, ...problems]) console.log(line);
  if (changes.length === 0 && problems.length === 0) console.log(`${file} is what senders publish`);
  if (values.check !== true && changes.length > 0) writeFileSync(file, `${JSON.stringify(ranges, null, 2)}\n`);
  return problems.length > 0 || (values.check === true && changes.length > 0) ? 1 : 0;
};

await runCommand(description, update);
