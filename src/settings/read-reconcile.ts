import { isLoopback, parsePlainUrl } from './connection-string.js';
import { environmentSchema } from './environment-schema.js';
import type { SettingProblem } from './problem.js';
import type { RawEnvironment } from './raw-environment.js';
import { invalid, type Reading, valid } from './reading.js';

/** A hook whose history is read, and the provider whose route its deliveries go to. */
export interface ReconciledHook {
  readonly provider: string;
  /** As GitHub's API names it: `app`, `repos/{owner}/{repo}/hooks/{id}` or `orgs/{org}/hooks/{id}`. */
  readonly hook: string;
}

export interface ReconcileSettings {
  /** Six-field NCRONTAB expression. */
  readonly schedule: string;
  readonly hooks: readonly ReconciledHook[];
  readonly apiUrl: string;
  /** Of a GitHub App; absent: a token of one's own is used. */
  readonly appId?: string;
}

interface ReconcileContext {
  readonly development: boolean;
  /** Names of the providers that are on. */
  readonly providers: readonly string[];
}

const hookOf = (item: string): ReconciledHook => {
  const [provider = '', hook] = item.split('=');
  return hook === undefined ? { provider: 'github', hook: item } : { provider, hook };
};

const urlProblems = (text: string, development: boolean): readonly SettingProblem[] => {
  const url = parsePlainUrl(text);
  const isLocal = development && url?.protocol === 'http:' && isLoopback(url.hostname);
  if (url?.protocol === 'https:' || isLocal) return [];
  return [{ name: 'GITHUB_API_URL', what: 'is not an https URL', expected: 'e.g. https://api.github.com' }];
};

/** Reads whose missed deliveries are asked for again; `undefined`: nobody's. Set by its hooks, or by a schedule for the App's own. */
export const readReconcile = (
  raw: RawEnvironment,
  { development, providers }: ReconcileContext,
): Reading<ReconcileSettings | undefined> => {
  const { shape } = environmentSchema;
  const schedule = shape.GITHUB_RECONCILE_SCHEDULE.safeParse(raw['GITHUB_RECONCILE_SCHEDULE']).data ?? 'off';
  const items = shape.GITHUB_RECONCILE_HOOKS.safeParse(raw['GITHUB_RECONCILE_HOOKS']).data;
  const isAsked = items !== undefined || raw['GITHUB_RECONCILE_SCHEDULE'] !== undefined;
  if (!isAsked || schedule === 'off') return valid(undefined);
  const hooks = (items ?? ['app']).map(hookOf);
  const apiUrl = raw['GITHUB_API_URL'] ?? 'https://api.github.com';
  const problems = [
    ...hooks
      .filter(({ provider }) => !providers.includes(provider))
      .map(({ provider }) => ({
        name: 'GITHUB_RECONCILE_HOOKS',
        what: `is for ${provider}, which is not on`,
        expected: 'a provider of PROVIDERS',
      })),
    ...urlProblems(apiUrl, development),
  ];
  if (problems.length > 0) return invalid(...problems);
  const appId = raw['GITHUB_APP_ID'];
  return valid({ schedule, hooks, apiUrl, ...(appId !== undefined && { appId }) });
};
