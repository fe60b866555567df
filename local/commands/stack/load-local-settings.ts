import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describeProblems } from '../../../src/settings/problem.js';
import { readConfiguration } from '../../../src/settings/read-configuration.js';
import { readProviders } from '../../../src/settings/read-providers.js';
import { blobConnectionString } from '../../blob-storage/blob-connection-string.js';
import { hostEnvironment, type Variables } from '../../stack/host-environment.js';
import { type MergedSettings, mergeSettings, readLocalSettings } from '../../stack/local-settings.js';
import { CommandError } from '../terminal/command-error.js';
import type { CommandOptions } from '../terminal/run-command.js';

export const settingsOption = {
  settings: {
    type: 'string',
    value: 'file',
    default: 'local.settings.json',
    help: 'settings to read, as func does (default: local.settings.json, when it is there); none reads none',
  },
} as const satisfies CommandOptions;

/** What this run is set to, and the port that the file asks for. */
export interface LoadedSettings extends MergedSettings {
  /** The file, as it was given; absent when none was read. */
  readonly file: string | undefined;
  readonly port: number | undefined;
}

const readFileSettings = (path: string) => {
  const reading = readLocalSettings(readFileSync(path, 'utf8'));
  if (reading.ok) return reading;
  throw new CommandError(`${path} is wrong:\n${describeProblems(reading.problems)}`);
};

/** The settings of `file` behind those of the environment. Throws `CommandError` with every problem of the file. */
export const loadLocalSettings = (root: string, file: string, environment: Variables): LoadedSettings => {
  const path = resolve(root, file);
  const isWanted = file !== 'none' && (existsSync(path) || file !== settingsOption.settings.default);
  if (!isWanted) return { environment, fromFile: [], overridden: [], file: undefined, port: undefined };
  if (!existsSync(path)) throw new CommandError(`There is no ${path}`, 'Copy local.settings.sample.json to it');
  const { values, port } = readFileSettings(path);
  const sample = readFileSettings(join(root, 'local.settings.sample.json')).values;
  return { ...mergeSettings(environment, values, sample), file, port };
};

/** Any stand-ins: where they will be is not known yet, and nothing here looks at them. */
const standIns = {
  blobConnectionString: blobConnectionString(10_000),
  serviceBusConnectionString:
    'Endpoint=sb://127.0.0.1:5672;SharedAccessKeyName=local;SharedAccessKey=local;UseDevelopmentEmulator=true',
  vaultUri: 'https://127.0.0.1:8443',
  caFile: 'ca.pem',
};

/** Reads all settings and the files they name as the app will. Throws `CommandError` with every problem, before anything starts. */
export const checkSettings = (root: string, environment: Variables): void => {
  const readText = (path: string): string | undefined => {
    const absolute = resolve(root, path);
    return existsSync(absolute) ? readFileSync(absolute, 'utf8') : undefined;
  };
  const read = readConfiguration({ environment: hostEnvironment(environment, standIns), readText, readProviders });
  if (!read.ok) throw new CommandError(`The settings are wrong.\n${read.report}`);
};
