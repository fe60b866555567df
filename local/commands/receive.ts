import { consumeOrdered, consumePlain } from './consuming/consume.js';
import { printMessage } from './consuming/print-message.js';
import { resolveQueue } from './consuming/resolve-queue.js';
import { checkQueue, withClient } from './consuming/with-client.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { stopRequests } from './stack/stop-requests.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { readWholeNumber } from './terminal/whole-number.js';

const options = {
  count: { type: 'string', value: 'n', help: 'stop after so many' },
  follow: { type: 'boolean', short: 'f', help: 'wait for more when the queue is empty' },
  payload: { type: 'boolean', help: 'print the payloads too, byte for byte' },
  json: { type: 'boolean', help: 'print one line of JSON for each message' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Consumes a queue of the local stack as its bot would: session by session when the bot is ordered.',
  words: 1,
  usage: ['npm run receive -- <bot or queue>', 'npm run receive -- <bot or queue> --follow'],
  options,
  notes: ['Every message shown is completed: it is gone from the queue.'],
};

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const receive = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const limit =
    values.count === undefined
      ? Number.POSITIVE_INFINITY
      : readWholeNumber(values.count, { option: 'count', from: 1, to: 1_000_000 });
  const record = await requireStack(stateDirectoryFor(values.state));
  const { queue, ordered } = resolveQueue(record.bots, positionals[0]);
  const choice = { json: values.json === true, payload: values.payload === true };
  const plan = {
    queue,
    limit,
    follow: values.follow === true,
    signal: stopRequests({ runByNpm: process.env['npm_lifecycle_event'] !== undefined }),
    onMessage: (message: Parameters<typeof printMessage>[0]) => printMessage(message, choice),
  };
  const { messages, sessions } = await withClient(record, async (client) => {
    await checkQueue(client, queue);
    return ordered ? consumeOrdered(client, plan) : consumePlain(client, plan);
  });
  const inSessions = ordered ? `, ${plural(sessions, 'session')}` : '';
  console.error(paint.quiet(`${plural(messages, 'message')} consumed from ${queue}${inSessions}`));
  return 0;
};

await runCommand(description, receive);
