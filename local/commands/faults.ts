import { errorStatuses } from '../faults/fault.js';
import { type ControlClient, ControlRefusal, createControlClient } from '../stack/control-client.js';
import { type Breakable, breakableNames, isBreakable, standInNames } from '../stack/stand-ins.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { alignColumns } from './terminal/columns.js';
import { CommandError } from './terminal/command-error.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = { ...stateOption } as const satisfies CommandOptions;

const faultHelp = [
  ['  none', 'as healthy as it is'],
  ['  refuse', 'nothing listens any more'],
  ['  reset', 'every connection is reset'],
  ['  hang', 'connections are taken, and nothing is ever answered'],
  ['  slow <milliseconds>', 'what is said to it arrives so much later'],
  ['  drop-after <bytes>', 'connections are cut after so many bytes'],
  ['  error <status>', `every request is answered with that error: ${errorStatuses.join(', ')}`],
];

const description: CommandDescription<typeof options> = {
  summary: 'Breaks the dependencies of the local stack on purpose, and repairs them.',
  words: 3,
  usage: [
    'npm run faults                                what is broken now',
    'npm run faults -- blob-storage hang           break one',
    'npm run faults -- service-bus slow 500',
    'npm run faults -- key-vault error 503',
    'npm run faults -- blob-storage none           mend one',
    'npm run faults -- none                        mend all',
  ],
  options,
  notes: [
    `Dependencies: ${standInNames.join(', ')}; github-api and gitlab-api where GITHUB_ or GITLAB_RECONCILE_HOOKS is set`,
    '  github-api error 403: the limit of the hour; error 429: too much at once',
    '',
    'Faults:',
    ...alignColumns(faultHelp),
  ],
};

const showFaults = async (control: ControlClient): Promise<void> => {
  const faults = await control.faults();
  const rows = breakableNames.flatMap((name) => {
    const fault = faults[name];
    if (fault === undefined) return [];
    return [[name, fault === 'none' ? paint.good(fault) : paint.warn(fault)]];
  });
  for (const line of alignColumns(rows)) console.log(line);
};

const setFault = async (control: ControlClient, name: Breakable, fault: string): Promise<void> => {
  try {
    await control.setFault(name, fault);
  } catch (refusal) {
    if (!(refusal instanceof ControlRefusal)) throw refusal;
    throw new CommandError(refusal.message, 'npm run faults -- --help says what each of them does');
  }
};

const mendAll = async (control: ControlClient): Promise<void> => {
  const here = await control.faults();
  const names = breakableNames.filter((name) => here[name] !== undefined);
  await Promise.all(names.map((name) => setFault(control, name, 'none')));
};

const faults = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const { control: access } = await requireStack(stateDirectoryFor(values.state));
  const control = createControlClient(access);
  const [name, ...words] = positionals;
  if (name === 'none') await mendAll(control);
  else if (name !== undefined) {
    if (!isBreakable(name))
      throw new CommandError(`There is no dependency "${name}"`, `Known: ${breakableNames.join(', ')}`);
    if (words.length === 0) throw new CommandError(`Say which fault ${name} is to have`, '--help lists them');
    await setFault(control, name, words.join(' '));
  }
  await showFaults(control);
  return 0;
};

await runCommand(description, faults);
