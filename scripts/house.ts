import {
  type CommandDescription,
  type CommandInput,
  type CommandOptions,
  runCommand,
} from '../local/commands/terminal/run-command.js';
import { describeHouse, webhookFigures } from './house/describe-house.js';
import { surveyHouse } from './house/rooms.js';
import { readSources } from './house/source-files.js';
import { watchOneWebhook } from './house/watch-one-webhook.js';

const options = {
  functions: { type: 'boolean', help: 'name every function that one webhook crosses' },
  json: { type: 'boolean', help: 'print it as JSON' },
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Measures the source code: folders, small files, imports, circles, and how far one webhook goes.',
  usage: ['npm run house', 'npm run house -- --functions', 'npm run house -- --json'],
  options,
  notes: [
    'Folders, small files, imports and circles are read from the files below src/ and functions/; imports of types count.',
    'The webhook is a pull request of GitHub for two bots. The whole app takes it, with the real adapters for payloads and messages,',
    'the Service Bus stand-in behind them, and memory stores for everything else. Two webhooks before it open the connections.',
    "Files and functions of src/ are those that ran, by V8's precise coverage. Layers are the files on the call stack between",
    'src/ingest/persist.ts, which decides, and the call that sends, across everything that was waited for.',
  ],
};

const show = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const root = process.cwd();
  const house = surveyHouse(readSources(root, ['src', 'functions']));
  const webhook = await watchOneWebhook(root);
  if (values.json === true) {
    console.log(JSON.stringify({ ...house, webhook: { ...webhookFigures(webhook), ...webhook } }, undefined, 2));
    return 0;
  }
  for (const line of describeHouse(house, webhook, { isDetailed: values.functions === true })) console.log(line);
  return 0;
};

await runCommand(description, show);
