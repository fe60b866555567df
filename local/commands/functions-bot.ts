import { join } from 'node:path';
import { findProjectRoot } from '../project-root.js';
import { startChild } from '../stack/child.js';
import { funcKeeper } from '../stack/func-keeper.js';
import { findFreePort } from '../stack/ports.js';
import { resolveOrderedQueue } from './consuming/resolve-queue.js';
import { chooseHost, hostOption } from './stack/host-option.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { stopRequests } from './stack/stop-requests.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = { ...hostOption, ...stateOption } as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Runs the bot of examples/functions-bot, a Functions app, beside the running local stack.',
  words: 1,
  usage: ['npm run functions-bot                     the first ordered bot', 'npm run functions-bot -- merge-warden'],
  options,
};

const stopMs = 20_000;

/** What is set where the bot is deployed, with the stand-ins of this stack. */
const botEnvironment = async (state: string, name: string | undefined): Promise<Record<string, string>> => {
  const { bots, serviceBus, blobStorage } = await requireStack(state);
  return {
    AzureWebJobsStorage: blobStorage.connectionString,
    ArchiveStorage: blobStorage.connectionString,
    ServiceBus: serviceBus.connectionString,
    QUEUE: resolveOrderedQueue(bots, name),
    FUNCTIONS_WORKER_RUNTIME: 'node',
  };
};

const functionsBot = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const stateDirectory = stateDirectoryFor(values.state);
  const environment = await botEnvironment(stateDirectory, positionals[0]);
  const func = await chooseHost(values.host);
  const app = join(findProjectRoot(import.meta.dirname), 'dist/examples/functions-bot');
  const port = String(await findFreePort());
  const script = join(import.meta.dirname, 'functions-host.js');
  const program =
    func === undefined
      ? { command: process.execPath, args: [script, '--app', app, '--port', port] }
      : funcKeeper(func, ['start', '--port', port]);
  console.log(`The bot waits for events in ${environment['QUEUE']}; Ctrl-C ends it.`);
  const child = startChild({ ...program, cwd: app, environment: { ...process.env, ...environment } });
  const signal = stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined });
  signal.addEventListener('abort', () => void child.stop(stopMs), { once: true });
  const { code } = await child.exited;
  return signal.aborted ? 0 : (code ?? 1);
};

await runCommand(description, functionsBot);
