import type { ContainerSource } from '../archive/blob-container.js';
import { guardedList } from '../archive/guarded-archive.js';
import { createGuardedHttp } from '../guarded-http/guarded-http.js';
import { observeBreaker } from '../observability/metrics/observe-breaker.js';
import { guardedQuarantine } from '../quarantine/guarded-quarantine.js';
import { createBlobReconcileStore } from '../reconcile/blob-reconcile-store.js';
import { createGithubHistory, type GithubIdentity } from '../reconcile/github-history.js';
import { createKeptDeliveries } from '../reconcile/kept-deliveries.js';
import { createMemoryReconcileStore } from '../reconcile/memory-reconcile-store.js';
import { createReconcile, type Reconcile } from '../reconcile/reconcile.js';
import type { ReconcileSettings } from '../settings/read-reconcile.js';
import type { Foundation } from './foundation.js';

/** Beside the records of the outbox, whose names begin with a year. */
const stateName = 'reconcile/github.json';

const lookMs = 5_000;

/** The vault's names. */
const tokenName = 'github-api-token';
const privateKeyName = 'github-app-private-key';

const readIdentity =
  ({ dependencies, breakers }: Foundation, { appId }: ReconcileSettings) =>
  async (): Promise<GithubIdentity | undefined> => {
    const name = appId === undefined ? tokenName : privateKeyName;
    const read = await breakers['key-vault'].call((signal) => dependencies.secretStore.liveVersions(name, signal));
    const value = read.ok ? read.value[0]?.value.trim() : undefined;
    if (value === undefined || value === '') return undefined;
    return appId === undefined ? { kind: 'token', token: value } : { kind: 'app', appId, privateKey: value };
  };

/** What asks GitHub for deliveries that failed. A file apart: read only where it is switched on. */
export const createReconcileJob = (
  foundation: Foundation,
  settings: ReconcileSettings,
  container: ContainerSource | undefined,
): Reconcile => {
  const { dependencies, breakers, registry, metrics, outbox } = foundation;
  const { archive, quarantine, clock, log } = dependencies;
  const storage = breakers['blob-storage'];
  const http = createGuardedHttp({
    name: 'github-api',
    baseUrl: settings.apiUrl,
    endpoints: { 'github-api': { cacheSeconds: 1 } },
    clock,
  });
  for (const breaker of http.breakers) registry.register(observeBreaker(breaker, { metrics, log }));
  const identity = readIdentity(foundation, settings);
  return createReconcile({
    histories: settings.hooks.map((each) => createGithubHistory({ ...each, http, identity, clock })),
    store: container === undefined ? createMemoryReconcileStore() : createBlobReconcileStore(container, stateName),
    storage,
    isKept: createKeptDeliveries({
      list: guardedList(archive, storage),
      outbox,
      quarantine: guardedQuarantine(quarantine, storage),
      timeoutMs: lookMs,
    }),
    clock,
    log,
  });
};
