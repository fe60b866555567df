import { builtInProviders } from '../../src/providers/built-in.js';
import { senders } from '../senders/senders.js';
import { checkPayload, type PayloadCheck } from './checking/check-payload.js';
import { type PayloadFile, payloadFiles } from './checking/payload-files.js';
import { alignColumns } from './terminal/columns.js';
import { CommandError } from './terminal/command-error.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Shows which events published bodies become, each signed as its sender would.',
  words: 1,
  usage: ['npm run payloads -- <folder>      a folder with one folder of bodies for each provider'],
  options,
  notes: ['Ends with 0 when every body became a valid event, or a challenge that was answered.'],
};

const check = (file: PayloadFile): PayloadCheck => {
  const provider = builtInProviders.find(({ name }) => name === file.provider);
  const sender = senders.find((each) => each.provider === file.provider);
  if (provider === undefined || sender === undefined) return { kind: 'failed', reason: 'There is no such provider.' };
  return checkPayload(provider, sender, file);
};

const rowsOf = ({ provider, name }: PayloadFile, result: PayloadCheck): readonly (readonly string[])[] => {
  const label = `${provider}/${name}`;
  switch (result.kind) {
    case 'failed':
      return [[label, paint.bad(result.reason)]];
    case 'challenge':
      return [[label, paint.quiet('challenge'), result.answer]];
    case 'events':
      return result.envelopes.length === 0
        ? [[label, paint.quiet('no events')]]
        : result.envelopes.map(({ type, source, subject = '', partitionkey }) => [
            label,
            paint.strong(type),
            source,
            subject,
            partitionkey,
          ]);
  }
};

const payloads = async ({ positionals }: CommandInput<typeof options>): Promise<number> => {
  const [folder] = positionals;
  if (folder === undefined) throw new CommandError('Say which folder', 'For example: npm run payloads -- ./payloads');
  const checked = payloadFiles(folder).map((file) => ({ file, result: check(file) }));
  if (checked.length === 0)
    throw new CommandError(`${folder} holds no bodies`, 'Expected: <folder>/<provider>/<name>.json');
  const head = ['Body', 'Type', 'Source', 'Subject', 'Session key'].map(paint.quiet);
  for (const line of alignColumns([head, ...checked.flatMap(({ file, result }) => rowsOf(file, result))]))
    console.log(line);
  const failures = checked.filter(({ result }) => result.kind === 'failed').length;
  console.log(
    `${checked.length} bodies, ${failures === 0 ? paint.good('all understood') : paint.bad(`${failures} not understood`)}`,
  );
  return failures === 0 ? 0 : 1;
};

await runCommand(description, payloads);
