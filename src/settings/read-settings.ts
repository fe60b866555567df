import { type Environment, environmentSchema } from './environment-schema.js';
import type { SettingProblem } from './problem.js';
import { readCircuitBreakers } from './read-circuit-breakers.js';
import { readKeyVault } from './read-key-vault.js';
import { readPayloadStorage } from './read-payload-storage.js';
import { readReconcile } from './read-reconcile.js';
import { readServiceBus } from './read-service-bus.js';
import { readShards } from './read-shards.js';
import { readSourceRanges, type SourceRangeSettings } from './read-source-ranges.js';
import { readTelemetry } from './read-telemetry.js';
import { invalid, problemsOf, type RawEnvironment, type Reading, valid, withoutBlanks } from './reading.js';
import { settingFacts } from './setting-row.js';
import type { Settings } from './settings.js';

/** The settings, or everything that is wrong with them. */
export type SettingsReading =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** Whether a problem may show the value of this setting. */
const isShownInProblems = (name: string): boolean => {
  const form = Object.entries(environmentSchema.shape).find(([each]) => each === name)?.[1];
  return form !== undefined && settingFacts.get(form)?.shown === true;
};

const whatIsWrong = (name: string, value: string): string =>
  isShownInProblems(name) ? `is ${JSON.stringify(value.slice(0, 60))}` : 'does not have the expected form';

const readFixedNames = (raw: RawEnvironment): Reading<Environment> => {
  const parsed = environmentSchema.safeParse(raw);
  if (parsed.success) return valid(parsed.data);
  const problems = new Map<string, SettingProblem>();
  for (const issue of parsed.error.issues) {
    const name = String(issue.path[0]);
    problems.set(name, { name, what: whatIsWrong(name, raw[name] ?? ''), expected: issue.message });
  }
  return invalid(...problems.values());
};

const readSecretAges = (raw: RawEnvironment): Reading<undefined> => {
  const { SECRET_REFRESH_SECONDS, SECRET_MAX_STALE_SECONDS } = environmentSchema.shape;
  const refresh = SECRET_REFRESH_SECONDS.safeParse(raw['SECRET_REFRESH_SECONDS']);
  const maxStale = SECRET_MAX_STALE_SECONDS.safeParse(raw['SECRET_MAX_STALE_SECONDS']);
  if (!refresh.success || !maxStale.success || maxStale.data >= refresh.data) return valid(undefined);
  return invalid({
    name: 'SECRET_MAX_STALE_SECONDS',
    what: `is ${maxStale.data}`,
    expected: `no less than SECRET_REFRESH_SECONDS (${refresh.data})`,
  });
};

type Plain = Omit<
  Settings,
  | 'development'
  | 'payloadStorage'
  | 'serviceBus'
  | 'accounts'
  | 'namespaces'
  | 'keyVault'
  | 'circuitBreakers'
  | 'reconcile'
  | keyof SourceRangeSettings
>;

const quarantineLimits = (environment: Environment): Settings['quarantine'] =>
  environment.QUARANTINE === 'off'
    ? undefined
    : {
        maxCount: environment.QUARANTINE_MAX_DELIVERIES,
        maxBytes: environment.QUARANTINE_MAX_BYTES,
        addressShare: environment.QUARANTINE_ADDRESS_PERCENT / 100,
      };

const plainSettings = (environment: Environment): Plain => ({
  providers: environment.PROVIDERS,
  botsConfig: environment.BOTS_CONFIG,
  providersConfig: environment.PROVIDERS_CONFIG,
  queueUnavailable: environment.QUEUE_UNAVAILABLE,
  requestBudgetMs: environment.REQUEST_BUDGET_MS,
  maxPayloadBytes: environment.MAX_PAYLOAD_BYTES,
  maxMessageBytes: environment.MAX_MESSAGE_BYTES,
  secretRefreshMs: environment.SECRET_REFRESH_SECONDS * 1000,
  secretMaxStaleMs: environment.SECRET_MAX_STALE_SECONDS * 1000,
  quarantine: quarantineLimits(environment),
  outboxSchedule: environment.OUTBOX_SCHEDULE,
  outboxMaxAgeMs: environment.OUTBOX_MAX_AGE_SECONDS * 1_000,
  console: (environment.CONSOLE ?? (environment.AZURE_FUNCTIONS_ENVIRONMENT === 'Development' ? 'on' : 'off')) === 'on',
  sharedBreakers: environment.CircuitBreaker__shared === 'blob',
  bodyRecordSize: environment.BODY_RECORD === 'on' ? environment.BODY_RECORD_SIZE : 0,
  githubMetaSchedule: environment.GITHUB_META_SCHEDULE,
  allowedOrigins: environment.ALLOWED_ORIGINS.map((origin) => origin.toLowerCase()),
  telemetry: readTelemetry(environment),
});

/**
 * Reads every setting from the environment at once: the settings, or every problem by setting name. Blank means unset;
 * no problem holds a value that may be a secret.
 */
export const readSettings = (variables: Readonly<Record<string, string | undefined>>): SettingsReading => {
  const raw = withoutBlanks(variables);
  const development = raw['AZURE_FUNCTIONS_ENVIRONMENT'] === 'Development';
  const environment = readFixedNames(raw);
  const providers = environmentSchema.shape.PROVIDERS.safeParse(raw['PROVIDERS']).data ?? [];
  const payloadStorage = readPayloadStorage(raw, development);
  const serviceBus = readServiceBus(raw, development);
  const shards = readShards(raw, development, { payloadStorage, serviceBus });
  const keyVault = readKeyVault(raw, { development, providers });
  const circuitBreakers = readCircuitBreakers(raw);
  const secretAges = readSecretAges(raw);
  const sourceRanges = readSourceRanges(raw, { development, providers });
  const reconcile = readReconcile(raw, { development, providers });
  const readings = [
    payloadStorage,
    serviceBus,
    shards,
    keyVault,
    environment,
    secretAges,
    circuitBreakers,
    sourceRanges,
    reconcile,
  ];
  const connected = payloadStorage.ok && serviceBus.ok && shards.ok && keyVault.ok;
  if (connected && environment.ok && circuitBreakers.ok && secretAges.ok && sourceRanges.ok && reconcile.ok) {
    const settings: Settings = {
      development,
      payloadStorage: payloadStorage.value,
      serviceBus: serviceBus.value,
      ...shards.value,
      keyVault: keyVault.value,
      circuitBreakers: circuitBreakers.value,
      ...sourceRanges.value,
      reconcile: reconcile.value,
      ...plainSettings(environment.value),
    };
    return { ok: true, settings };
  }
  return { ok: false, problems: readings.flatMap(problemsOf) };
};
