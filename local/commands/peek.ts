import type { ServiceBusReceivedMessage, ServiceBusReceiver } from '@azure/service-bus';
import { printMessage } from './consuming/print-message.js';
import { resolveQueue } from './consuming/resolve-queue.js';
import { withClient } from './consuming/with-client.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { paint } from './terminal/paint.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';
import { readWholeNumber } from './terminal/whole-number.js';

const options = {
  count: { type: 'string', value: 'n', default: '10', help: 'the most to show (default: 10)' },
  dead: { type: 'boolean', help: 'the dead letters' },
  payload: { type: 'boolean', help: 'print the payloads too, byte for byte' },
  json: { type: 'boolean', help: 'print one line of JSON for each message' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Shows what waits in a queue of the local stack, and leaves it there.',
  words: 1,
  usage: ['npm run peek -- <bot or queue>', 'npm run peek -- <bot or queue> --dead'],
  options,
};

/** Peeking answers fewer than asked when a reply would be too large; each further call goes on behind the last message. */
const peekUpTo = async (receiver: ServiceBusReceiver, count: number): Promise<readonly ServiceBusReceivedMessage[]> => {
  const peeked: ServiceBusReceivedMessage[] = [];
  while (peeked.length < count) {
    const more = await receiver.peekMessages(count - peeked.length);
    if (more.length === 0) break;
    peeked.push(...more);
  }
  return peeked;
};

const peek = async ({ values, positionals }: CommandInput<typeof options>): Promise<number> => {
  const count = readWholeNumber(values.count, { option: 'count', from: 1, to: 10_000 });
  const record = await requireStack(stateDirectoryFor(values.state));
  const { queue } = resolveQueue(record.bots, positionals[0]);
  const messages = await withClient(record, async (client) => {
    const subQueue = values.dead === true ? { subQueueType: 'deadLetter' as const } : {};
    return peekUpTo(client.createReceiver(queue, { skipParsingBodyAsJson: true, ...subQueue }), count);
  });
  const choice = { json: values.json === true, payload: values.payload === true };
  for (const message of messages) printMessage(message, choice);
  if (choice.json) return 0;
  const kind = values.dead === true ? 'dead letters' : 'messages';
  if (messages.length === 0) console.log(`No ${kind} in ${queue}.`);
  else if (messages.length === count) console.log(paint.quiet(`The first ${count}; --count <n> shows more.`));
  return 0;
};

await runCommand(description, peek);
