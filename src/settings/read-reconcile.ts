import { isLoopback, parsePlainUrl } from './connection-string.js';
import { environmentSchema, type SettingName } from './environment-schema.js';
import type { SettingProblem } from './problem.js';
import { invalid, type RawEnvironment, type Reading, valid } from './reading.js';

/** A hook whose history is read, and the provider whose route its deliveries go to. */
export interface ReconciledHook {
  readonly sender: 'github' | 'gitlab';
  readonly provider: string;
  /**
   * As the sender's API names it: `app`, `repos/{owner}/{repo}/hooks/{id}` or `orgs/{org}/hooks/{id}` at GitHub, `projects/{id}/hooks/{id}`
   * or `groups/{id}/hooks/{id}` at GitLab.
   */
  readonly hook: string;
}

export interface ReconcileSettings {
  /** Six-field NCRONTAB expression. */
  readonly schedule: string;
  readonly hooks: readonly ReconciledHook[];
  /** Where each sender's API is. */
  readonly apiUrls: Readonly<Record<ReconciledHook['sender'], string>>;
  /** Of a GitHub App; absent: a token of one's own is used. */
  readonly appId?: string;
}

interface ReconcileContext {
  readonly development: boolean;
  /** Names of the providers that are on. */
  readonly providers: readonly string[];
}

const hookOf =
  (sender: ReconciledHook['sender']) =>
  (item: string): ReconciledHook => {
    const [provider = '', hook] = item.split('=');
    return hook === undefined ? { sender, provider: sender, hook: item } : { sender, provider, hook };
  };

const urlProblems = (name: SettingName, text: string, development: boolean): readonly SettingProblem[] => {
  const url = parsePlainUrl(text);
  const isLocal = development && url?.protocol === 'http:' && isLoopback(url.hostname);
  if (url?.protocol === 'https:' || isLocal) return [];
  return [{ name, what: 'is not an https URL', expected: 'e.g. https://api.github.com' }];
};

const notOn = ({ sender, provider }: ReconciledHook): SettingProblem => ({
  name: `${sender.toUpperCase()}_RECONCILE_HOOKS`,
  what: `is for ${provider}, which is not on`,
  expected: 'a provider of PROVIDERS',
});

/** Reads whose missed deliveries are asked for again; `undefined`: nobody's. Set by its hooks, or by a schedule for the App's own. */
export const readReconcile = (
  raw: RawEnvironment,
  { development, providers }: ReconcileContext,
): Reading<ReconcileSettings | undefined> => {
  const { shape } = environmentSchema;
  const schedule = shape.GITHUB_RECONCILE_SCHEDULE.safeParse(raw['GITHUB_RECONCILE_SCHEDULE']).data ?? 'off';
  const github = shape.GITHUB_RECONCILE_HOOKS.safeParse(raw['GITHUB_RECONCILE_HOOKS']).data;
  const gitlab = shape.GITLAB_RECONCILE_HOOKS.safeParse(raw['GITLAB_RECONCILE_HOOKS']).data;
  const hasHooks = github !== undefined || gitlab !== undefined;
  if ((!hasHooks && raw['GITHUB_RECONCILE_SCHEDULE'] === undefined) || schedule === 'off') return valid(undefined);
  const hooks = [
    ...(github ?? (hasHooks ? [] : ['app'])).map(hookOf('github')),
    ...(gitlab ?? []).map(hookOf('gitlab')),
  ];
  const apiUrls = {
    github: raw['GITHUB_API_URL'] ?? 'https://api.github.com',
    gitlab: raw['GITLAB_API_URL'] ?? 'https://gitlab.com/api/v4',
  };
  const problems = [
    ...hooks.filter(({ provider }) => !providers.includes(provider)).map(notOn),
    ...urlProblems('GITHUB_API_URL', apiUrls.github, development),
    ...urlProblems('GITLAB_API_URL', apiUrls.gitlab, development),
  ];
  if (problems.length > 0) return invalid(...problems);
  const appId = raw['GITHUB_APP_ID'];
  return valid({ schedule, hooks, apiUrls, ...(appId !== undefined && { appId }) });
};
