import type { ContainerSource } from '../archive/blob-container.js';
import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import { createGuardedHttp } from '../guarded-http/guarded-http.js';
import { observeBreaker } from '../observability/metrics/observe-breaker.js';
import { guardedQuarantine } from '../quarantine/quarantine-store.js';
import { createBlobReconcileStore } from '../reconcile/blob-reconcile-store.js';
import type { DeliveryHistory } from '../reconcile/delivery-history.js';
import { createGithubHistory, type GithubIdentity } from '../reconcile/github-history.js';
import { createGitlabHistory } from '../reconcile/gitlab-history.js';
import { createKeptDeliveries } from '../reconcile/kept-deliveries.js';
import { createMemoryReconcileStore } from '../reconcile/memory-reconcile-store.js';
import { createReconcile, type Reconcile } from '../reconcile/reconcile.js';
import type { ReconciledHook, ReconcileSettings } from '../settings/read-reconcile.js';
import type { Foundation } from './foundation.js';

/** Beside the records of the outbox, whose names begin with a year. */
const stateName = 'reconcile/github.json';

const lookMs = 5_000;

/** The vault's names. */
const tokenName = 'github-api-token';
const privateKeyName = 'github-app-private-key';

const gitlabTokenName = 'gitlab-api-token';

const readSecret = async ({ dependencies, breakers }: Foundation, name: string): Promise<string | undefined> => {
  const read = await breakers['key-vault'].call((signal) => dependencies.secretStore.liveVersions(name, signal));
  const value = read.ok ? read.value[0]?.value.trim() : undefined;
  return value === '' ? undefined : value;
};

const readIdentity =
  (foundation: Foundation, { appId }: ReconcileSettings) =>
  async (): Promise<GithubIdentity | undefined> => {
    const value = await readSecret(foundation, appId === undefined ? tokenName : privateKeyName);
    if (value === undefined) return undefined;
    return appId === undefined ? { kind: 'token', token: value } : { kind: 'app', appId, privateKey: value };
  };

/** GitLab delivers before it answers that it has, and its lists show whole requests. */
const gitlabEndpoint = { cacheSeconds: 1, timeoutMs: 20_000, maxResponseBytes: 32 * 1024 * 1024 } as const;

/** What makes the history of a hook, by its sender; each sender's API is behind a breaker of its name. */
const createHistories = (foundation: Foundation, settings: ReconcileSettings): readonly DeliveryHistory[] => {
  const { dependencies, registry, metrics } = foundation;
  const { clock, log } = dependencies;
  const observed = <Http extends { readonly breakers: readonly ManagedBreaker[] }>(http: Http): Http => {
    for (const breaker of http.breakers) registry.register(observeBreaker(breaker, { metrics, log }));
    return http;
  };
  const asked = new Set(settings.hooks.map(({ sender }) => sender));
  const hooksOf = (wanted: ReconciledHook['sender']) => settings.hooks.filter(({ sender }) => sender === wanted);
  const githubHistories = () => {
    const { github: baseUrl } = settings.apiUrls;
    const endpoints = { 'github-api': { cacheSeconds: 1 } };
    const http = observed(createGuardedHttp({ name: 'github-api', baseUrl, endpoints, clock }));
    const identity = readIdentity(foundation, settings);
    return hooksOf('github').map((each) => createGithubHistory({ ...each, http, identity, clock }));
  };
  const gitlabHistories = () => {
    const { gitlab: baseUrl } = settings.apiUrls;
    const http = observed(
      createGuardedHttp({ name: 'gitlab-api', baseUrl, endpoints: { 'gitlab-api': gitlabEndpoint }, clock }),
    );
    const token = () => readSecret(foundation, gitlabTokenName);
    return hooksOf('gitlab').map((each) => createGitlabHistory({ ...each, http, token, clock }));
  };
  return [...(asked.has('github') ? githubHistories() : []), ...(asked.has('gitlab') ? gitlabHistories() : [])];
};

/** What asks senders for deliveries that failed. A file apart: read only where it is switched on. */
export const createReconcileJob = (
  foundation: Foundation,
  settings: ReconcileSettings,
  container: ContainerSource | undefined,
): Reconcile => {
  const { dependencies, breakers, accounts, outbox } = foundation;
  const { quarantine, clock, log } = dependencies;
  const storage = breakers['blob-storage'];
  return createReconcile({
    histories: createHistories(foundation, settings),
    store: container === undefined ? createMemoryReconcileStore() : createBlobReconcileStore(container, stateName),
    storage,
    keptDeliveries: createKeptDeliveries({
      list: accounts.list,
      outbox,
      quarantine: guardedQuarantine(quarantine, storage),
      timeoutMs: lookMs,
    }),
    clock,
    log,
  });
};
