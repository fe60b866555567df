import { findProjectRoot } from '../project-root.js';
import { defaultPorts } from '../stack/ports.js';
import { emulatorsBanner } from './stack/banner.js';
import { loadBots } from './stack/load-bots.js';
import { loadLocalSettings, settingsOption } from './stack/load-local-settings.js';
import { dependencyPortOptions, readPorts } from './stack/port-options.js';
import { runStack } from './stack/run-stack.js';
import { stateDirectoryFor, stateOption } from './stack/state-option.js';
import { CommandError } from './terminal/command-error.js';
import { type CommandDescription, type CommandInput, type CommandOptions, runCommand } from './terminal/run-command.js';

const options = {
  port: { type: 'string', value: 'auto', help: 'auto takes free ports for everything' },
  ...dependencyPortOptions,
  ...settingsOption,
  ...stateOption,
} as const satisfies CommandOptions;

const description: CommandDescription<typeof options> = {
  summary: 'Runs the dependencies alone (Blob Storage, Service Bus, Key Vault), for a Functions host of your own.',
  usage: ['npm run emulators', 'npm run emulators -- --port auto'],
  options,
};

const runEmulators = async ({ values }: CommandInput<typeof options>): Promise<number> => {
  if (values.port !== undefined && values.port !== 'auto')
    throw new CommandError(
      `--port "${values.port}": only "auto"; the parts have --blob-port, --service-bus-port, --vault-port`,
    );
  const root = findProjectRoot(import.meta.dirname);
  const settings = loadLocalSettings(root, values.settings, process.env);
  const ports = readPorts(values);
  const isUsual = (['blob-storage', 'service-bus', 'key-vault'] as const).every(
    (name) => ports[name] === defaultPorts[name],
  );
  return runStack({
    command: 'emulators',
    root,
    stateDirectory: stateDirectoryFor(values.state),
    ports,
    bots: await loadBots(root, settings.environment['BOTS_CONFIG']),
    settings,
    enableAuth: false,
    banner: (facts) => emulatorsBanner(facts, isUsual),
  });
};

await runCommand(description, runEmulators);
