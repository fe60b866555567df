import { builtInProviders } from '../providers/built-in.js';
import type { Bot } from '../routing/bot.js';
import { describeProblems } from './describe-problems.js';
import { environmentSchema } from './environment-schema.js';
import type { SettingProblem } from './problem.js';
import { type BotsReading, readBots } from './read-bots.js';
import { readSettings } from './read-settings.js';
import type { Settings } from './settings.js';

/** All that decides how this process runs, or one text that says everything that is wrong with it. */
export type ConfigurationReading =
  | { readonly ok: true; readonly settings: Settings; readonly bots: readonly Bot[] }
  | { readonly ok: false; readonly report: string };

interface ConfigurationSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The text of a configuration file, or `undefined` when there is none; relative paths start at the app's root. */
  readonly readText: (path: string) => string | undefined;
}

const unknownProviders = (setting: string | undefined): readonly SettingProblem[] => {
  const known = builtInProviders.map(({ name }) => name);
  const names = environmentSchema.shape.PROVIDERS.safeParse(setting).data ?? [];
  const unknown = names.filter((name) => !known.includes(name));
  return unknown.length === 0
    ? []
    : [{ name: 'PROVIDERS', what: `names ${unknown.join(', ')}`, expected: `any of ${known.join(', ')}` }];
};

const readBotsFile = (path: string, readText: ConfigurationSources['readText']): BotsReading => {
  const text = readText(path);
  if (text !== undefined) return readBots(text);
  return {
    ok: false,
    problems: [{ path: '', what: 'does not exist', expected: 'a file; BOTS_CONFIG says where it is' }],
  };
};

const section = (title: string, problems: Parameters<typeof describeProblems>[0]): readonly string[] =>
  problems.length === 0 ? [] : [`${title}\n${describeProblems(problems)}`];

/** Reads the settings and the files they name. Every problem of all of them is reported at once; none shows a secret. */
export const readConfiguration = ({ environment, readText }: ConfigurationSources): ConfigurationReading => {
  const settings = readSettings(environment);
  const botsPath = settings.ok ? settings.settings.botsConfig : (environment['BOTS_CONFIG'] ?? 'bots.json');
  const bots = readBotsFile(botsPath, readText);
  const settingProblems = [...(settings.ok ? [] : settings.problems), ...unknownProviders(environment['PROVIDERS'])];
  if (settings.ok && bots.ok && settingProblems.length === 0) {
    return { ok: true, settings: settings.settings, bots: bots.bots };
  }
  const report = [...section('Settings:', settingProblems), ...section(`${botsPath}:`, bots.ok ? [] : bots.problems)];
  return { ok: false, report: report.join('\n') };
};
