import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createDownload } from '../src/source-ranges/download-text.js';
import { systemClock } from '../src/time/system-clock.js';
import { publishedLists } from './sender-ranges/published-lists.js';
import { type SenderRanges, updateSenderRanges } from './sender-ranges/update-sender-ranges.js';

const usage = `Brings infra/sender-ranges.json up to date with what senders publish: where their webhooks come from.

Usage: npm run sender-ranges [-- --check]

  --check  write nothing; fails when a list has changed, or cannot be read

With onlyFromSenders the deployment lets in these ranges and nobody else. After a change: npm run infra -- --write, commit, deploy.`;

const file = 'infra/sender-ranges.json';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
if (values.help === true) console.log(usage);
else {
  const known: SenderRanges = JSON.parse(readFileSync(file, 'utf8'));
  const download = (url: string) => createDownload({ url, clock: systemClock })();
  const { ranges, changes, problems } = await updateSenderRanges({ known, lists: publishedLists, download });
  for (const line of [...changes, ...problems]) console.log(line);
  if (changes.length === 0 && problems.length === 0) console.log(`${file} is what senders publish`);
  if (values.check !== true && changes.length > 0) writeFileSync(file, `${JSON.stringify(ranges, null, 2)}\n`);
  if (problems.length > 0 || (values.check === true && changes.length > 0)) process.exitCode = 1;
}
