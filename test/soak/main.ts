import { paint } from '../../local/commands/terminal/paint.js';
import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../../local/commands/terminal/run-command.js';
import { endOf, watchForEnd } from '../../local/commands/terminal/watch.js';
import { readWholeNumber } from '../../local/commands/terminal/whole-number.js';
import { readSeed } from '../support/read-seed.js';
import type { SoakResult } from './run-soak.js';

const options = {
  events: { type: 'string', value: 'n', default: '10000', help: 'how many events are sent (default: 10000)' },
  seed: { type: 'string', value: 'n', help: 'what the plan follows from (default: a new one, which is printed)' },
  shards: {
    type: 'string',
    value: 'n',
    default: '1',
    help: 'storage accounts and namespaces (default: 1); of several, the stores of the last one fail and no others',
  },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Sends events while dependencies fail and the host is killed, then proves that nothing accepted was lost.',
  usage: ['npm run soak', 'npm run soak -- --events 10000 --seed 7', 'npm run soak -- --events 2000 --shards 2'],
  options,
  notes: ['Ends with 0 when the books balance. The same seed, events and shards play the same plan again.'],
};

/** Apart: they take ten times as long to read as it takes to say what is wrong with an option. */
const readParts = async () => ({
  ...(await import('./plan/plan-soak.js')),
  ...(await import('./plan/describe-plan.js')),
  ...(await import('./run-soak.js')),
  ...(await import('./books/describe-books.js')),
});

type Parts = Awaited<ReturnType<typeof readParts>>;

const verdict = async (result: SoakResult, { isSound, describeFaults }: Parts): Promise<number> => {
  if (isSound(result)) {
    console.log(paint.good('✓ Nothing accepted was lost, doubled, altered or put out of order.'));
    return 0;
  }
  for (const line of await describeFaults(result)) console.log(line);
  console.log(paint.bad(`✗ The books do not balance; logs and stores are in ${result.stateDirectory}`));
  return 1;
};

const soak = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const events = readWholeNumber(values.events, { option: 'events', from: 1, to: 1_000_000 });
  const seed = readSeed(values.seed);
  const shards = readWholeNumber(values.shards, { option: 'shards', from: 1, to: 4 });
  const parts = await readParts();
  const plan = parts.planSoak({ seed, events, shards });
  for (const line of parts.describePlan(plan)) console.log(line);
  const watch = watchForEnd();
  const { progress, signal } = watch;
  const startedAt = performance.now();
  const result = await parts.runSoak(plan, {
    signal,
    onStep: (done, total, round) => progress.update(done, total, `steps, round ${round}`),
    onNote: (text) => {
      progress.clear();
      console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}`);
    },
  });
  for (const line of parts.describeBooks(result)) console.log(line);
  const rate = (events / result.seconds).toFixed(0);
  console.log(
    `${result.seconds.toFixed(0)} s, ${rate} events/s; again: npm run soak -- --events ${events} --seed ${seed}${shards > 1 ? ` --shards ${shards}` : ''}`,
  );
  return endOf(watch, await verdict(result, parts));
};

await runCommand(description, soak);
