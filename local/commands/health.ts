import { parseJson } from '../../src/text/text.js';
import { localFunctionKey } from '../stack/local-secrets.js';
import { describeHealth } from './looking/describe-health.js';
import { requireStack, stateDirectoryFor, stateOption } from './stack/state-option.js';
import { askHost, readBaseUrl } from './terminal/ask-host.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  probe: { type: 'boolean', help: 'touch each dependency as well' },
  json: { type: 'boolean', help: 'print the report as it is' },
  url: { type: 'string', value: 'url', help: 'another host than the local one; see below' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Shows what is wrong with a host, why, and what to do.',
  usage: [
    'npm run health',
    'npm run health -- --probe',
    'FUNCTION_KEY=<key> npm run health -- --url https://<app>.azurewebsites.net',
  ],
  options,
  notes: [
    'With --url the variable FUNCTION_KEY is shown to that host.',
    'Ends with 0 when everything is healthy, else with 1.',
  ],
};

interface Host {
  readonly url: string;
  readonly functionKey: string | undefined;
}

const hostFor = async ({ url, state }: CommandInput<typeof options>['values']): Promise<Host> => {
  if (url !== undefined) return { url: readBaseUrl(url), functionKey: process.env['FUNCTION_KEY'] };
  const { host } = await requireStack(stateDirectoryFor(state));
  if (host === undefined) throw new CommandError('The stack runs without a host', 'Start it with: npm start');
  return { url: host.url, functionKey: localFunctionKey };
};

const answerTimeoutMs = 15_000;

const ask = async ({ url, functionKey }: Host, probe: boolean): Promise<unknown> => {
  const headers = functionKey === undefined ? {} : { 'x-functions-key': functionKey };
  const path = `/api/health/deep${probe ? '?probe=true' : ''}`;
  const { status, text } = await askHost(url, path, { headers, timeoutMs: answerTimeoutMs });
  if (status === 401)
    throw new CommandError('The host answered 401', 'The variable FUNCTION_KEY has to hold a function key of the app');
  if (status !== 200 && status !== 503) throw new CommandError(`The host answered ${status}`);
  return parseJson(text);
};

const health = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const report = await ask(await hostFor(values), values.probe === true);
  const { healthy, lines } = describeHealth(report);
  if (values.json === true) console.log(JSON.stringify(report, undefined, 2));
  else for (const line of lines) console.log(line);
  return healthy ? 0 : 1;
};

await runCommand(description, health);
