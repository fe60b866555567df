import type { Provider } from '../providers/provider.js';
import type { Bot } from '../routing/bot.js';
import { builtInNames } from './built-in-names.js';
import { environmentSchema } from './environment-schema.js';
import { describeProblem, describeProblems, type SettingProblem } from './problem.js';
import { type BotsReading, readBots } from './read-bots.js';
import type { ProvidersReading } from './read-providers.js';
import { readSettings } from './read-settings.js';
import { unknownBots } from './read-shards.js';
import type { Settings } from './settings.js';

/** All that decides how this process runs, or one text that says everything that is wrong with it. */
export type ConfigurationReading =
  | { readonly ok: true; readonly settings: Settings; readonly bots: readonly Bot[] }
  | {
      readonly ok: false;
      /** For people, one problem a line. */
      readonly report: string;
      /** Each problem with where it is. */
      readonly problems: readonly string[];
    };

interface ConfigurationSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a configuration file, or `undefined` when there is none; relative paths start at the app's root. */
  readonly readText: (path: string) => string | undefined;
  /** Reads the text of `providers.json`; asked only when there is one. */
  readonly readProviders: (text: string) => ProvidersReading;
}

const unknownProviders = (setting: string | undefined, own: readonly Provider[]): readonly SettingProblem[] => {
  const known = [...builtInNames, ...own.map(({ name }) => name)];
  const names = environmentSchema.shape.PROVIDERS.safeParse(setting).data ?? [];
  const unknown = names.filter((name) => !known.includes(name));
  return unknown.length === 0
    ? []
    : [{ name: 'PROVIDERS', what: `names ${unknown.join(', ')}`, expected: `any of ${known.join(', ')}` }];
};

const defaultProvidersPath = 'providers.json';

const readBotsFile = (path: string, readText: ConfigurationSources['readText']): BotsReading => {
  const text = readText(path);
  if (text !== undefined) return readBots(text);
  return {
    ok: false,
    problems: [{ path: '', what: 'does not exist', expected: 'a file; BOTS_CONFIG says where it is' }],
  };
};

/** The file is optional, unless a setting names another place for it. */
const readProvidersFile = (path: string, { readText, readProviders }: ConfigurationSources): ProvidersReading => {
  const text = readText(path);
  if (text !== undefined) return readProviders(text);
  if (path === defaultProvidersPath) return { ok: true, providers: [] };
  const problem = { path: '', what: 'does not exist', expected: 'a file; PROVIDERS_CONFIG says where it is' };
  return { ok: false, problems: [problem] };
};

const section = (title: string, problems: Parameters<typeof describeProblems>[0]): readonly string[] =>
  problems.length === 0 ? [] : [`${title}\n${describeProblems(problems)}`];

/** Reads the settings and the files they name. Every problem of all of them is reported at once; none shows a secret. */
export const readConfiguration = (sources: ConfigurationSources): ConfigurationReading => {
  const { environment, readText } = sources;
  const settings = readSettings(environment);
  const botsPath = settings.ok ? settings.settings.botsConfig : (environment['BOTS_CONFIG'] ?? 'bots.json');
  const bots = readBotsFile(botsPath, readText);
  const providersPath = environment['PROVIDERS_CONFIG']?.trim() || defaultProvidersPath;
  const own = readProvidersFile(providersPath, sources);
  const settingProblems = [
    ...(settings.ok ? [] : settings.problems),
    ...(own.ok ? unknownProviders(environment['PROVIDERS'], own.providers) : []),
    ...(settings.ok && bots.ok ? unknownBots(settings.settings, bots.bots) : []),
  ];
  if (settings.ok && bots.ok && own.ok && settingProblems.length === 0) {
    return { ok: true, settings: { ...settings.settings, ownProviders: own.providers }, bots: bots.bots };
  }
  const botProblems = bots.ok ? [] : bots.problems;
  const ownProblems = own.ok ? [] : own.problems;
  const report = [
    ...section('Settings:', settingProblems),
    ...section(`${botsPath}:`, botProblems),
    ...section(`${providersPath}:`, ownProblems),
  ];
  const problems = [
    ...settingProblems.map(describeProblem),
    ...botProblems.map((problem) => `${botsPath}: ${describeProblem(problem)}`),
    ...ownProblems.map((problem) => `${providersPath}: ${describeProblem(problem)}`),
  ];
  return { ok: false, report: report.join('\n'), problems };
};
