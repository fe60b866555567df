import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CommandError } from '../local/commands/terminal/command-error.js';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { endOf, watchForEnd } from '../local/commands/terminal/watch.js';
import { findProjectRoot } from '../local/project-root.js';
import { nearestNames } from '../local/senders/nearest-names.js';

const root = findProjectRoot(import.meta.dirname);
const benches = join(root, 'test/bench');
const parts = readdirSync(benches).filter((part) => existsSync(join(benches, part, 'bench.ts')));

const options = {
  quick: { type: 'boolean', help: 'measure little, to see that everything runs' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Measures the parts of the product beside their alternatives; without a name all of them.',
  words: parts.length,
  usage: ['npm run bench', 'npm run bench -- pipeline --quick'],
  options,
  notes: [`Parts: ${parts.join(', ')}. Each prints its table and writes .local/bench/<part>.json.`],
};

const refuseUnknown = (asked: readonly string[]): void => {
  const unknown = asked.find((part) => !parts.includes(part));
  if (unknown === undefined) return;
  const near = nearestNames(unknown, parts);
  const advice = near.length > 0 ? `Did you mean ${near.join(', ')}?` : `There are: ${parts.join(', ')}`;
  throw new CommandError(`There is no benchmark "${unknown}"`, advice);
};

const sources = pathToFileURL(join(benches, 'support/resolve-sources.ts')).href;
const nodeOptions = ['--expose-gc', '--disable-warning=ExperimentalWarning', '--import', sources];

/** Each part is a process of its own, which Ctrl-C at a terminal ends too. Answers whether it came to a good end. */
const measure = async (part: string, flags: readonly string[], signal: AbortSignal): Promise<boolean> => {
  const bench = join(benches, part, 'bench.ts');
  const child = spawn(process.execPath, [...nodeOptions, bench, ...flags], { stdio: 'inherit', cwd: root });
  const end = (): unknown => child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', end);
  return code === 0;
};

const bench = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  refuseUnknown(positionals);
  const flags = values.quick === true ? ['--quick'] : [];
  const watch = watchForEnd();
  const asked = positionals.length > 0 ? positionals : parts;
  const measured: string[] = [];
  const failed: string[] = [];
  for (const [index, part] of asked.entries()) {
    console.log(`\nBenchmark ${part} (${index + 1} of ${asked.length})`);
    const good = await measure(part, flags, watch.signal);
    if (watch.signal.aborted) break;
    if (good) measured.push(part);
    else failed.push(part);
  }
  if (failed.length > 0) console.error(`✗ ${failed.join(', ')} did not come to a good end`);
  if (watch.signal.aborted) console.log(`Measured: ${measured.join(', ') || 'nothing'}`);
  const left = [...asked.slice(measured.length + failed.length), ...flags];
  return endOf(watch, failed.length === 0 ? 0 : 1, `npm run bench -- ${left.join(' ')}`);
};

await runCommand(description, bench);
