import { writeFile } from 'node:fs/promises';
import { paint } from '../../src/local/commands/terminal/paint.js';
import { createProgressLine } from '../../src/local/commands/terminal/progress-line.js';
import {
  type CommandDescription,
  type CommandInput,
  runCommand,
} from '../../src/local/commands/terminal/run-command.js';
import { describeResult } from './books/describe-result.js';
import { describeAvailability } from './plan/describe-availability.js';
import { planAvailability } from './plan/plan-availability.js';
import { type AvailabilityRequest, options, readRequest } from './read-request.js';
import { type AvailabilityResult, isSound, runAvailability } from './run-availability.js';

const description: CommandDescription<typeof options> = {
  summary:
    'Measures how many webhooks still reach every bot while dependencies fail, beside a handler written by hand.',
  usage: [
    'npm run availability -- --seed 7 --kills',
    'npm run availability -- --seconds 120 --fault key-vault:hang --secret cold',
    'npm run availability -- --fault blob-storage:hang --fault service-bus:hang --only app',
  ],
  options,
  notes: [
    'Each delivery is sent once, as GitHub does. Both sides get the same deliveries, faults and kills at the same moment, each with',
    'dependencies of its own. Ends with 1 when the app lost, doubled or altered what it had acknowledged.',
  ],
};

const play = async (request: AvailabilityRequest, stopped: AbortSignal): Promise<AvailabilityResult> => {
  const plan = planAvailability(request.plan);
  for (const line of describeAvailability(plan)) console.log(paint.quiet(line));
  const progress = createProgressLine(process.stderr);
  const startedAt = performance.now();
  return runAvailability({
    plan,
    sides: request.sides,
    settings: request.settings,
    startsCold: request.startsCold,
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

/** The first Ctrl-C ends the traffic, the second everything. */
const untilInterrupted = (): AbortSignal => {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    console.log('Interrupted: these are the figures so far');
    controller.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  return controller.signal;
};

const measure = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const request = readRequest(values);
  const result = await play(request, untilInterrupted());
  for (const line of describeResult(result)) console.log(line);
  if (request.jsonFile !== undefined) {
    const { stateDirectory: _, ...figures } = result;
    await writeFile(request.jsonFile, `${JSON.stringify({ request, ...figures }, undefined, 2)}\n`);
  }
  if (isSound(result)) return 0;
  console.log(paint.bad(`✗ The app did not keep its word; logs and stores are in ${result.stateDirectory}`));
  return 1;
};

await runCommand(description, measure);
