import { readFile, writeFile } from 'node:fs/promises';
import { paint } from '../../local/commands/terminal/paint.js';
import { type CommandDescription, type CommandInput, runCommand } from '../../local/commands/terminal/run-command.js';
import { endOf, type Watch, watchForEnd } from '../../local/commands/terminal/watch.js';
import { describeResult } from './books/describe-result.js';
import { markdownTable, putTable, type SeriesRun, titledTable } from './books/markdown-table.js';
import { describeAvailability } from './plan/describe-availability.js';
import { options, type RunRequest, readRequest } from './read-request.js';
import type { AvailabilityResult } from './run-availability.js';
import { broken, marksOf } from './suites.js';

const description: CommandDescription<typeof options> = {
  summary:
    'Measures how many webhooks still reach every bot while dependencies fail, compared with a handler written by hand.',
  usage: [
    'npm run availability -- --seed 7 --kills',
    'npm run availability -- --show seeds --into docs/reliability.md',
    'npm run availability -- --show alone --seconds 120 --into docs/reliability.md',
    'npm run availability -- --show dead --seconds 120 --into docs/reliability.md',
    'npm run availability -- --show shards --seconds 60 --into docs/reliability.md',
    'npm run availability -- --seconds 120 --fault key-vault:hang --secret cold --only app',
    'npm run availability -- --fault blob-storage:hang --fault service-bus:reset --only app',
  ],
  options,
  notes: [
    'Each delivery is sent once, as GitHub does. Both sides get the same deliveries, faults and kills at the same moment, each with',
    'dependencies of its own. Ends with 1 when the app lost, doubled or altered what it had acknowledged, or broke a limit of --show.',
    'Ports and folders are of each run alone. To run two beside each other, build once and start each with',
    '`node dist/local/availability.js …`: a build replaces the files that instances are started from.',
  ],
};

/** Apart: they take ten times as long to read as it takes to say what is wrong with an option. */
const readParts = async () => ({
  ...(await import('./plan/plan-availability.js')),
  ...(await import('./run-availability.js')),
});

type Parts = Awaited<ReturnType<typeof readParts>>;

const play = async (
  { planAvailability, runAvailability }: Parts,
  { plan: planned, ...run }: RunRequest,
  { progress, signal: stopped }: Watch,
): Promise<AvailabilityResult> => {
  const plan = planAvailability(planned);
  for (const line of describeAvailability(plan)) console.log(paint.quiet(line));
  const startedAt = performance.now();
  return runAvailability({
    ...run,
    plan,
    counted: plan.shards > 1 ? [] : planned.fixed.map(({ service }) => service),
    stopped,
    watch: {
      onSent: (sent, total) => progress.update(sent, total, 'deliveries sent'),
      onNote: (text) => {
        progress.clear();
        console.log(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${text}`);
      },
    },
  });
};

interface Played extends AvailabilityResult, SeriesRun {}

/** One run after the other, each on a machine that is quiet otherwise. */
const playAll = async (parts: Parts, runs: readonly RunRequest[], watch: Watch): Promise<readonly Played[]> => {
  const played: Played[] = [];
  for (const run of runs) {
    if (watch.signal.aborted) break;
    if (run.title !== undefined) console.log(`\n${run.title}`);
    const result = await play(parts, run, watch);
    for (const line of describeResult(result)) console.log(line);
    const notKept = result.sides.flatMap((side) => broken(run, side));
    if (run.suite !== undefined)
      console.log(notKept.length === 0 ? paint.good('PASS') : paint.bad(`FAIL: ${notKept.join('; ')}`));
    if (!parts.isSound(result))
      console.log(paint.bad(`✗ The app did not keep its word; logs and stores are in ${result.stateDirectory}`));
    const { seed, kills } = run.plan;
    const { title } = run;
    played.push({
      seed,
      kills,
      ...(title !== undefined && { title }),
      ...(run.suite !== undefined && { broken: notKept }),
      ...result,
    });
  }
  return played;
};

const measure = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const { runs, jsonFile, page, suite } = readRequest(values);
  const parts = await readParts();
  const watch = watchForEnd();
  const played = await playAll(parts, runs, watch);
  const table = suite === undefined || suite === 'seeds' ? markdownTable(played) : titledTable(played);
  if (runs.length > 1) console.log(`\n${table}\n`);
  if (page !== undefined && !watch.signal.aborted)
    await writeFile(page, putTable(await readFile(page, 'utf8'), table, marksOf(suite)));
  if (jsonFile !== undefined) {
    const figures = played.map(({ stateDirectory: _, ...rest }, index) => ({ ...runs[index], ...rest }));
    await writeFile(jsonFile, `${JSON.stringify(figures, undefined, 2)}\n`);
  }
  const failed = played.filter((run) => !parts.isSound(run) || (run.broken ?? []).length > 0);
  if (suite !== undefined) console.log(`${played.length - failed.length} of ${played.length} runs: PASS`);
  return endOf(watch, failed.length === 0 ? 0 : 1);
};

await runCommand(description, measure);
