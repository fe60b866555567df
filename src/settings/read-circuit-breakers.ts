import { patchOptions } from '../circuit-breaker/check-options.js';
import { type CircuitBreakerOptions, CircuitBreakerOptionsError } from '../circuit-breaker/circuit-breaker-options.js';
import { environmentBreakerOptions } from '../circuit-breaker/presets.js';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from './azure-breaker-options.js';
import type { SettingProblem } from './problem.js';
import { invalid, problemsOf, type RawEnvironment, type Reading, valid } from './reading.js';

const presets = {
  serviceBus: serviceBusBreakerOptions,
  blobStorage: blobStorageBreakerOptions,
  keyVault: keyVaultBreakerOptions,
} as const;

type BreakerSetting = keyof typeof presets;

type EnvironmentPreset = keyof typeof environmentBreakerOptions;

/** What the settings change of each breaker's preset, by the name it has in `CircuitBreaker__{name}__{field}`. */
export type CircuitBreakerSettings = Readonly<Record<BreakerSetting, Partial<CircuitBreakerOptions>>>;

const prefix = 'CircuitBreaker__';

/** Chooses what changes every breaker alike, before the single fields; `production`, the requirement's own numbers, unless set. */
const presetName = `${prefix}preset`;

/** Read with the settings whose names are fixed. */
const sharedName = `${prefix}shared`;

const isOurs = (name: string): boolean => name.toLowerCase().startsWith(prefix.toLowerCase());

const namesBreaker = (name: string): boolean =>
  Object.keys(presets).some((breaker) => name.startsWith(`${prefix}${breaker}__`));

const unknownBreakers = (environment: RawEnvironment): readonly SettingProblem[] =>
  Object.keys(environment)
    .filter((name) => isOurs(name) && ![presetName, sharedName].includes(name) && !namesBreaker(name))
    .map((name) => ({
      name,
      what: 'names no circuit breaker',
      expected: `${prefix}{${Object.keys(presets).join('|')}}__{field}`,
    }));

const isNumber = (text: string): boolean => /^\d{1,15}(\.\d{1,15})?$/.test(text);

const problemsIn = (thrown: unknown, start: string): readonly SettingProblem[] => {
  if (!(thrown instanceof CircuitBreakerOptionsError)) throw thrown;
  return thrown.problems.map(({ field, value, expected }) => ({
    name: `${start}${field}`,
    what: `is ${String(value)}`,
    // What switches a feature off in a patch has no meaning here: unset is off.
    expected: expected.replace(', or null for off', ''),
  }));
};

const isEnvironmentPreset = (text: string): text is EnvironmentPreset => Object.hasOwn(environmentBreakerOptions, text);

const readPreset = (environment: RawEnvironment): Reading<Partial<CircuitBreakerOptions>> => {
  const text = environment[presetName] ?? 'production';
  if (isEnvironmentPreset(text)) return valid(environmentBreakerOptions[text]);
  const expected = Object.keys(environmentBreakerOptions).join(' or ');
  return invalid({ name: presetName, what: `is ${JSON.stringify(text.slice(0, 40))}`, expected });
};

const readOverride = (
  environment: RawEnvironment,
  breaker: BreakerSetting,
  preset: Partial<CircuitBreakerOptions>,
): Reading<Partial<CircuitBreakerOptions>> => {
  const start = `${prefix}${breaker}__`;
  const texts = Object.entries(environment).filter(([name]) => name.startsWith(start));
  const words = texts
    .filter(([, text]) => !isNumber(text))
    .map(([name, text]) => ({ name, what: `is ${JSON.stringify(text.slice(0, 40))}`, expected: 'a number' }));
  const numbers = texts.filter(([, text]) => isNumber(text));
  const fields = Object.fromEntries(numbers.map(([name, text]) => [name.slice(start.length), Number(text)]));
  const override = { ...preset, ...fields };
  try {
    patchOptions(presets[breaker], override);
    return words.length > 0 ? invalid(...words) : valid(override);
  } catch (thrown) {
    return invalid(...words, ...problemsIn(thrown, start));
  }
};

/** Reads every `CircuitBreaker__{name}__{field}`, checked as it will be used; unknown names and fields are problems. */
export const readCircuitBreakers = (environment: RawEnvironment): Reading<CircuitBreakerSettings> => {
  const unknown = unknownBreakers(environment);
  const preset = readPreset(environment);
  const changes = preset.ok ? preset.value : {};
  const serviceBus = readOverride(environment, 'serviceBus', changes);
  const blobStorage = readOverride(environment, 'blobStorage', changes);
  const keyVault = readOverride(environment, 'keyVault', changes);
  if (unknown.length === 0 && preset.ok && serviceBus.ok && blobStorage.ok && keyVault.ok)
    return valid({ serviceBus: serviceBus.value, blobStorage: blobStorage.value, keyVault: keyVault.value });
  return invalid(...unknown, ...[preset, serviceBus, blobStorage, keyVault].flatMap(problemsOf));
};
