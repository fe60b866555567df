import { resolveOrderedQueue } from './consuming/resolve-queue.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = { ...stateOption } as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Runs the bot of examples/bot: it prints one line for each event that it has handled.',
  words: 1,
  usage: ['npm run example-bot                     the first ordered bot', 'npm run example-bot -- merge-warden'],
  options,
  notes: [
    'It finds the running local stack. For any other, set ServiceBus or ServiceBus__fullyQualifiedNamespace, PayloadStorage and QUEUE.',
  ],
};

/** What the bot reads, as it would be set where it is deployed. */
const botSettings = async ({ values, positionals }: CommandInput<typeof options>): Promise<Record<string, string>> => {
  const { bots, serviceBus, blobStorage } = await requireStack(stateDirectoryFor(values.state));
  return {
    ServiceBus: serviceBus.connectionString,
    PayloadStorage: blobStorage.connectionString,
    QUEUE: resolveOrderedQueue(bots, positionals[0]),
  };
};

const isTold = ({ ServiceBus, ServiceBus__fullyQualifiedNamespace }: NodeJS.ProcessEnv): boolean =>
  ServiceBus !== undefined || ServiceBus__fullyQualifiedNamespace !== undefined;

const exampleBot = async (input: CommandInput<typeof options>): Promise<number> => {
  if (!isTold(process.env)) Object.assign(process.env, await botSettings(input));
  console.log(`Waiting for events in ${process.env['QUEUE'] ?? 'its queue'}; Ctrl-C ends it.`);
  try {
    await import('../../examples/bot/main.js');
  } catch (fault) {
    throw new CommandError(fault instanceof Error ? fault.message : String(fault), 'Check that Service Bus runs');
  }
  return 0;
};

await runCommand(description, exampleBot);
