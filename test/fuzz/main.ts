import { CommandError } from '../../local/commands/terminal/command-error.js';
import { paint } from '../../local/commands/terminal/paint.js';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../../local/commands/terminal/run-command.js';
import { endOf, watchForEnd } from '../../local/commands/terminal/watch.js';
import { readWholeNumber } from '../../local/commands/terminal/whole-number.js';
import { parseFault } from '../../local/faults/fault.js';
import { isStandInName, type StandInName, standInNames } from '../../local/stack/stand-ins.js';
import { readSeed } from '../support/read-seed.js';
import type { FuzzResult } from './run-fuzz.js';

const options = {
  seconds: { type: 'string', value: 'n', default: '60', help: 'how long requests are sent (default: 60)' },
  seed: { type: 'string', value: 'n', help: 'what the requests follow from (default: a new one, which is printed)' },
  fault: {
    type: 'string',
    value: 'fault',
    help: 'while a dependency fails, e.g. "service-bus refuse" (npm run faults)',
  },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Sends random and mutated requests to a host of its own, with every provider switched on.',
  usage: ['npm run fuzz', 'npm run fuzz -- --seconds 600 --seed 7'],
  options,
  notes: ['Ends with 0 when nothing was found; else the case is shrunk and printed as a command line.'],
};

interface NamedFault {
  readonly name: StandInName;
  readonly fault: string;
}

const readFault = (text: string): NamedFault => {
  const [name = '', ...words] = text.split(' ');
  if (!isStandInName(name))
    throw new CommandError(`There is no dependency "${name}"`, `Known: ${standInNames.join(', ')}`);
  const parsed = parseFault(words);
  if (parsed.kind === 'invalid') throw new CommandError(`--fault "${text}": ${parsed.problem}`);
  return { name, fault: words.join(' ') };
};

const printResult = ({ requests, slowestMs, statuses, faults }: FuzzResult): void => {
  const counted = [...statuses]
    .toSorted(([one], [other]) => one - other)
    .map(([status, count]) => `${status}: ${count}`);
  console.log(`${requests} requests, the slowest took ${Math.round(slowestMs)} ms; ${counted.join(', ')}`);
  for (const fault of faults.slice(0, 20)) console.log(`${paint.bad('✗')} ${fault}`);
  if (faults.length === 0) console.log(paint.good('✓ Every answer was one that is stated.'));
};

const fuzz = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const seconds = readWholeNumber(values.seconds, { option: 'seconds', from: 1, to: 86_400 });
  const seed = readSeed(values.seed);
  const fault = values.fault === undefined ? undefined : readFault(values.fault);
  const faultOption = values.fault === undefined ? '' : ` --fault "${values.fault}"`;
  console.log(`Fuzzing for ${seconds} s; again: npm run fuzz -- --seconds ${seconds} --seed ${seed}${faultOption}`);
  // Generators are made as they are read, which takes longer than to say what is wrong with an option.
  const [{ runFuzz }, { startFuzzedStack }] = await Promise.all([
    import('./run-fuzz.js'),
    import('./stack/start-fuzzed-stack.js'),
  ]);
  const stack = await startFuzzedStack();
  const watch = watchForEnd();
  const { progress, signal } = watch;
  const startedAt = performance.now();
  const onRequest = (requests: number): void => {
    const elapsed = Math.min(seconds, Math.floor((performance.now() - startedAt) / 1_000));
    progress.update(elapsed, seconds, `s, ${requests} requests`);
  };
  try {
    if (fault !== undefined) await stack.setFault(fault.name, fault.fault);
    const result = await runFuzz({
      hostUrl: new URL(stack.hostUrl),
      log: stack.output,
      seed,
      seconds,
      signal,
      onRequest,
    });
    progress.clear();
    printResult(result);
    return endOf(watch, result.faults.length === 0 ? 0 : 1);
  } finally {
    progress.clear();
    await stack.stop();
  }
};

await runCommand(description, fuzz);
