import { balanceAccounts } from '../ledger/balance.js';
import { createControlClient } from '../stack/control-client.js';
import { loadParts } from './demonstrating/cast.js';
import { collectHoldings } from './demonstrating/collect-holdings.js';
import { type DemoSpeed, fastSpeed, usualSpeed } from './demonstrating/demo-speed.js';
import { describeLedger } from './demonstrating/describe-ledger.js';
import { type LaunchedStack, launchStack } from './demonstrating/launch-stack.js';
import { createNarrator, type Narrator } from './demonstrating/narrator.js';
import { type Stage, tellStory } from './demonstrating/story.js';
import { startTraffic, type Traffic } from './demonstrating/traffic.js';
import { type Sight, watchStack } from './demonstrating/watch-stack.js';
import { stopRequests } from './stack/stop-requests.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  fast: { type: 'boolean', help: 'with cool-downs of two seconds instead of thirty: half a minute in all' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Takes storage and Service Bus away while events come in, gives them back, and counts: nothing is lost.',
  usage: ['npm run demo              about two minutes', 'npm run demo -- --fast    half a minute'],
  options,
  notes: [
    'Runs on free ports with a state folder of its own, beside anything else. Ends with 0 when its ledger balances.',
  ],
};

const stoppedExitCode = 130;

const nextSteps = [
  'Try it yourself:',
  '',
  paint.strong('  npm start'),
  '  npm run send -- github pull_request.opened',
  '  npm run faults -- blob-storage refuse',
  '  npm run queues',
  '',
  'docs/reliability.md: every fault, and the test behind every claim.',
];

/** Short enough to stand beside the bar in 80 columns. */
const describeSight = ({ backlog, owed }: Sight, { attempts }: Traffic): string =>
  `${attempts.length} answered; owed: archive ${backlog}, queues ${owed ?? '?'}`;

const paintState = (state: string): string => (state === 'Closed' ? paint.good(state) : paint.warn(state));

const setStage = async (
  stack: LaunchedStack,
  { narrator, speed, signal }: Pick<Stage, 'narrator' | 'speed' | 'signal'>,
): Promise<Stage> => {
  const { hostUrl, record } = stack;
  const traffic = startTraffic({ hostUrl, parts: loadParts(), everyMs: speed.everyMs });
  const watch = await watchStack({
    stack,
    signal,
    onTransition: (name, from, to) =>
      narrator.say(`${paint.quiet('breaker')} ${name}  ${paintState(from)} → ${paintState(to)}`),
    onLook: (sight) => narrator.progress(describeSight(sight, traffic)),
  });
  return { narrator, control: createControlClient(record.control), watch, traffic, speed, signal };
};

const perform = async (stack: LaunchedStack, stage: Stage): Promise<number> => {
  try {
    await tellStory(stage);
  } finally {
    await stage.traffic.stop();
  }
  const { narrator, traffic } = stage;
  narrator.chapter('The ledger');
  narrator.say('Reading the archive back, and consuming every queue as its bot does');
  const { attempts } = traffic;
  const balance = balanceAccounts({ attempts, holders: await collectHoldings(stack.record) });
  const { lines, exitCode } = describeLedger(balance, attempts);
  narrator.end();
  for (const line of lines) console.log(line);
  return exitCode;
};

const begin = (speed: DemoSpeed): Narrator => {
  const about = speed === usualSpeed ? 'two minutes' : 'half a minute';
  console.log(`${paint.strong('Breakwater: what dies comes back, and nothing is lost.')} It takes about ${about}.`);
  return createNarrator({
    print: console.log,
    progressTo: process.stderr,
    nowMs: () => performance.now(),
    aboutMs: speed.aboutMs,
  });
};

const demo = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const speed = values.fast === true ? fastSpeed : usualSpeed;
  const signal = stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined });
  const narrator = begin(speed);
  let exitCode = 1;
  let stack: LaunchedStack | undefined;
  try {
    narrator.say('Starting Blob Storage, Service Bus, Key Vault and the Functions host on free ports');
    stack = await launchStack({ speed, user: process.env, signal });
    narrator.say(`It runs: ${stack.hostUrl}, everything it prints in ${stack.logFile}`);
    exitCode = await perform(stack, await setStage(stack, { narrator, speed, signal }));
    if (exitCode === 0) for (const line of ['', ...nextSteps]) console.log(line);
  } catch (fault) {
    if (!signal.aborted) throw fault;
    exitCode = stoppedExitCode;
  } finally {
    narrator.end();
    const keepState = exitCode === 1 && !signal.aborted;
    if (keepState && stack !== undefined) console.error(`What it left: ${stack.logFile} and ${stack.stateDirectory}`);
    await stack?.stop(keepState);
  }
  return exitCode;
};

await runCommand(description, demo);
