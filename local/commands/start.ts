import { join } from 'node:path';
import { findProjectRoot } from '../project-root.js';
import type { Variables } from '../stack/host-environment.js';
import { type HostProcess, HostStartError, startBuiltInHost, startFunc } from '../stack/host-process.js';
import { findFreePort } from '../stack/ports.js';
import { startBanner } from './stack/banner.js';
import { chooseHost, hostOption } from './stack/host-option.js';
import { loadBots } from './stack/load-bots.js';
import { checkSettings, loadLocalSettings, settingsOption } from './stack/load-local-settings.js';
import { describeLogLine } from './stack/people-log.js';
import { dependencyPortOptions, readPorts } from './stack/port-options.js';
import { runStack } from './stack/run-stack.js';
import { stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  ...hostOption,
  port: {
    type: 'string',
    value: 'port',
    help: 'the Functions host (default: 7071); auto takes free ports for everything',
  },
  ...dependencyPortOptions,
  ...settingsOption,
  json: { type: 'boolean', help: 'print the log as it is, a JSON object a line, instead of for people' },
  'enable-auth': { type: 'boolean', help: 'ask for function keys, as in the cloud' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Runs everything on this machine: Blob Storage, Service Bus, Key Vault and the Functions host.',
  usage: ['npm start', 'npm start -- --port auto'],
  options,
  notes: ['Settings exported in the environment win over those of local.settings.json, as with func.'],
};

const root = findProjectRoot(import.meta.dirname);

const printForPeople = (line: string): void => {
  const described = describeLogLine(line);
  if (described !== undefined) console.log(described);
};

const start = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const func = await chooseHost(values.host);
  const settings = loadLocalSettings(root, values.settings, process.env);
  checkSettings(root, settings.environment);
  const ports = readPorts({ ...values, port: values.port ?? settings.port?.toString() });
  const enableAuth = values['enable-auth'] === true;
  const stateDirectory = stateDirectoryFor(values.state);
  const onLine = values.json === true ? undefined : printForPeople;
  const startHost = async (environment: Variables, signal: AbortSignal): Promise<HostProcess> => {
    const port = func !== undefined && ports.host === 0 ? await findFreePort() : ports.host;
    const hostState = join(stateDirectory, 'functions-host');
    const hostOptions = { root, port, enableAuth, environment, stateDirectory: hostState, onLine, signal };
    const starting =
      func === undefined
        ? startBuiltInHost(join(import.meta.dirname, 'functions-host.js'), hostOptions)
        : startFunc(func, hostOptions);
    return starting.catch((fault: unknown) => {
      throw fault instanceof HostStartError ? new CommandError(fault.message, 'What it printed above says why') : fault;
    });
  };
  return runStack({
    command: 'start',
    root,
    stateDirectory,
    ports,
    bots: await loadBots(root, settings.environment['BOTS_CONFIG']),
    settings,
    enableAuth,
    startHost,
    banner: startBanner,
  });
};

await runCommand(description, start);
