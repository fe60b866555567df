import { githubMetaWord, type SourceRanges } from '../source-ranges/allowed-sources.js';
import { parseIpRange } from '../source-ranges/ip-range.js';
import { isLoopback, parsePlainUrl } from './connection-string.js';
import { environmentSchema } from './environment-schema.js';
import type { SettingProblem } from './problem.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';

/** Where deliveries may come from, by provider, and where GitHub publishes its own ranges. */
export interface SourceRangeSettings {
  readonly sourceRanges: Readonly<Record<string, SourceRanges>>;
  readonly githubMetaUrl: string;
}

interface SourceRangeContext {
  readonly development: boolean;
  /** Names of the providers that are on. */
  readonly providers: readonly string[];
}

const prefix = 'SOURCE_RANGES_';
const expectedRanges = `ranges such as 192.30.252.0/22 or 2a0a:a440::/29, or ${githubMetaWord}, separated by commas`;

const providerOf = (setting: string): string => setting.slice(prefix.length).toLowerCase().replaceAll('_', '-');

const itemsOf = (value: string): readonly string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const isRange = (item: string): boolean => item === githubMetaWord || parseIpRange(item) !== undefined;

const nameProblems = (setting: string, { providers }: SourceRangeContext): readonly SettingProblem[] =>
  providers.includes(providerOf(setting))
    ? []
    : [{ name: setting, what: `is for ${providerOf(setting)}, which is not on`, expected: 'a provider of PROVIDERS' }];

const rangeProblems = (setting: string, value: string): readonly SettingProblem[] => {
  const items = itemsOf(value);
  if (items.length === 0) return [{ name: setting, what: 'names no range', expected: expectedRanges }];
  return items
    .filter((item) => !isRange(item))
    .map((item) => ({
      name: setting,
      what: `holds ${JSON.stringify(item.slice(0, 60))}`,
      expected: expectedRanges,
    }));
};

const urlProblems = (text: string, { development }: SourceRangeContext): readonly SettingProblem[] => {
  const url = parsePlainUrl(text);
  const isLocal = development && url?.protocol === 'http:' && isLoopback(url.hostname);
  if (url?.protocol === 'https:' || isLocal) return [];
  return [{ name: 'GITHUB_META_URL', what: 'is not an https URL', expected: 'e.g. https://api.github.com/meta' }];
};

const rangesOf = (value: string): SourceRanges => {
  const items = itemsOf(value);
  return { ranges: items.filter((item) => item !== githubMetaWord), githubMeta: items.includes(githubMetaWord) };
};

/**
 * Reads `SOURCE_RANGES_{PROVIDER}` for the providers that are on (`github-acme`: `SOURCE_RANGES_GITHUB_ACME`) and
 * `GITHUB_META_URL`. Without any, deliveries may come from everywhere.
 */
export const readSourceRanges = (raw: RawEnvironment, context: SourceRangeContext): Reading<SourceRangeSettings> => {
  const set = Object.entries(raw).filter(([name]) => name.startsWith(prefix));
  const githubMetaUrl = environmentSchema.shape.GITHUB_META_URL.parse(raw['GITHUB_META_URL']);
  const problems = [
    ...set.flatMap(([name, value]) => [...nameProblems(name, context), ...rangeProblems(name, value)]),
    ...urlProblems(githubMetaUrl, context),
  ];
  if (problems.length > 0) return invalid(...problems);
  const sourceRanges = Object.fromEntries(set.map(([name, value]) => [providerOf(name), rangesOf(value)]));
  return valid({ sourceRanges, githubMetaUrl });
};
