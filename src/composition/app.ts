import { createConsoleFile, createConsolePage } from '../http/console-endpoints.js';
import { createDeepHealthEndpoint, createReadiness, liveness } from '../http/health-endpoints.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import type { Presence } from '../presence/presence.js';
import { createRefreshPublishedRanges } from '../source-ranges/refresh-published-ranges.js';
import type { Dependencies } from './dependencies.js';
import { createAppDrain } from './drain-handler.js';
import type { HandlerName } from './endpoints.js';
import { createFoundation, type Foundation } from './foundation.js';
import { createAppDeepHealth } from './health.js';
import { type TimerHandler, watchedHandler, watchedTimer } from './observation.js';
import { createOperations, type Handlers } from './operations.js';
import { createReconcileHandlers } from './reconcile-handler.js';
import { type BreakerSharing, createBreakerSharing } from './shared-breakers.js';
import type { TimerName } from './timer-endpoints.js';
import { createMethodRefusal, createValidationHandler, createWebhookHandler } from './webhook-handlers.js';

/** What answers every function of the endpoint tables, ready to be registered. */
export type App = Readonly<Record<HandlerName, HttpHandler> & Record<TimerName, TimerHandler>> & {
  /** Fills the cache of secrets, so that an outage of the vault later on is not felt. Never rejects. */
  readonly warmSecrets: () => Promise<void>;
  /** Tells other instances that this one lives, and that it ends as it should. Neither rejects. */
  readonly presence: Pick<Presence, 'announce' | 'withdraw'> | undefined;
  /** Absent: each instance's breakers are its own. */
  readonly sharing: Pick<BreakerSharing, 'start' | 'stop'> | undefined;
};

const mapValues = <K extends string, V>(record: Record<K, V>, change: (value: V) => V): Record<K, V> => {
  const changed = { ...record };
  for (const key in record) changed[key] = change(record[key]);
  return changed;
};

/** Joins the parts. Does no I/O; starts nothing. */
export const createApp = (given: Dependencies): App => {
  const foundation = createFoundation(given);
  const { dependencies } = foundation;
  const reconcile = createReconcileHandlers(foundation);
  const sharing = createBreakerSharing(foundation);
  const deepHealth = createAppDeepHealth(foundation, reconcile);
  const drain = createAppDrain(foundation);
  const onOwed = dependencies.drainsBetweenTimers ? drain.owe : undefined;
  const loadFiles = async () => (await import('../http/console-files.js')).consoleFiles;
  const page = { isOn: dependencies.settings.console, loadFiles };
  const handlers: Handlers = {
    ...createOperations(foundation, { runReconcile: reconcile.run, shareCommand: sharing?.share }),
    receiveWebhook: createWebhookHandler(foundation, onOwed),
    validateWebhook: createValidationHandler(foundation),
    refuseWebhookMethod: createMethodRefusal(foundation),
    liveness,
    readiness: createReadiness(dependencies.buildClients),
    deepHealth: createDeepHealthEndpoint(deepHealth),
    consolePage: createConsolePage(page),
    consoleFile: createConsoleFile(page),
  };
  return {
    ...mapValues<HandlerName, HttpHandler>(handlers, (handler) => watchedHandler(foundation, handler)),
    drainOutbox: watchedTimer(foundation, drain.run),
    refreshSourceRanges: createRefreshHandler(foundation),
    reconcileGithub: reconcile.timer,
    warmSecrets: foundation.warmSecrets,
    presence: foundation.presence,
    sharing,
  };
};

export const createRefreshHandler = (foundation: Foundation): TimerHandler => {
  const { dependencies, breakers, published } = foundation;
  const { downloadGithubMeta: download, publishedLists: store, clock, log } = dependencies;
  const storage = breakers['blob-storage'];
  const work = createRefreshPublishedRanges({ download, store, storage, published, clock, log });
  return watchedTimer(foundation, work);
};
