import { join } from 'node:path';
import type { Variables } from '../stack/host-environment.js';
import { type HostProcess, HostStartError, startBuiltInHost, startFunc } from '../stack/host-process.js';
import { findFreePort } from '../stack/ports.js';
import { findProjectRoot } from '../stack/project-root.js';
import { startBanner } from './stack/banner.js';
import { chooseHost, hostOption } from './stack/host-option.js';
import { loadBots } from './stack/load-bots.js';
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
  'enable-auth': { type: 'boolean', help: 'ask for function keys, as in the cloud' },
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Runs everything on this machine: Blob Storage, Service Bus, Key Vault and the Functions host.',
  usage: ['npm start', 'npm start -- --port auto'],
  options,
  notes: ['Settings exported in the environment win over the local ones.'],
};

const root = findProjectRoot(import.meta.dirname);

const start = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  const func = await chooseHost(values.host);
  const ports = readPorts(values);
  const enableAuth = values['enable-auth'] === true;
  const stateDirectory = stateDirectoryFor(values.state);
  const startHost = async (environment: Variables, signal: AbortSignal): Promise<HostProcess> => {
    const port = func !== undefined && ports.host === 0 ? await findFreePort() : ports.host;
    const hostState = join(stateDirectory, 'functions-host');
    const hostOptions = { root, port, enableAuth, environment, stateDirectory: hostState, signal };
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
    bots: await loadBots(root, process.env['BOTS_CONFIG']),
    environment: process.env,
    enableAuth,
    startHost,
    banner: startBanner,
  });
};

await runCommand(description, start);
