import type { SettingProblem } from './problem.js';
import type { RawEnvironment } from './raw-environment.js';
import { invalid, type Reading, valid } from './reading.js';

const breakers = ['serviceBus', 'blobStorage', 'keyVault'] as const;
type BreakerSetting = (typeof breakers)[number];

const fields = [
  'failureThreshold',
  'windowMs',
  'coolDownMs',
  'successThreshold',
  'operationTimeoutMs',
  'halfOpenMaxConcurrent',
] as const;
type Field = (typeof fields)[number];

/** What the settings change of one breaker's preset. */
export type BreakerOverride = Readonly<Partial<Record<Field, number>>>;

/** What the settings change of each breaker's preset, by the name it has in `CircuitBreaker__{name}__{field}`. */
export type CircuitBreakerSettings = Readonly<Record<BreakerSetting, BreakerOverride>>;

const prefix = 'CircuitBreaker__';
const isBreaker = (text: string): text is BreakerSetting => breakers.some((breaker) => breaker === text);
const isField = (text: string): text is Field => fields.some((field) => field === text);

const problemOf = (name: string, value: string): SettingProblem | undefined => {
  const [breaker = '', field = '', ...more] = name.slice(prefix.length).split('__');
  if (!name.startsWith(prefix) || !isBreaker(breaker))
    return { name, what: 'names no circuit breaker', expected: `${prefix}{${breakers.join('|')}}__{field}` };
  if (!isField(field) || more.length > 0)
    return { name, what: 'names no field of a circuit breaker', expected: `one of ${fields.join(', ')}` };
  if (!/^[1-9]\d{0,8}$/.test(value))
    return { name, what: `is ${JSON.stringify(value.slice(0, 40))}`, expected: 'a whole number above 0' };
  return undefined;
};

const overrideOf = (environment: RawEnvironment, breaker: BreakerSetting): BreakerOverride => {
  const set = fields.flatMap((field) => {
    const value = environment[`${prefix}${breaker}__${field}`];
    return value === undefined ? [] : [[field, Number(value)] as const];
  });
  return Object.fromEntries(set);
};

/** Reads every `CircuitBreaker__{name}__{field}`; unknown names and fields are problems, never ignored. */
export const readCircuitBreakers = (environment: RawEnvironment): Reading<CircuitBreakerSettings> => {
  const problems = Object.entries(environment)
    .filter(([name]) => name.toLowerCase().startsWith(prefix.toLowerCase()))
    .flatMap(([name, value]) => problemOf(name, value) ?? []);
  if (problems.length > 0) return invalid(...problems);
  return valid({
    serviceBus: overrideOf(environment, 'serviceBus'),
    blobStorage: overrideOf(environment, 'blobStorage'),
    keyVault: overrideOf(environment, 'keyVault'),
  });
};
