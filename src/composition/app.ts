import { createConsoleFile, createConsolePage } from '../http/console-endpoints.js';
import { createDeepHealthEndpoint, createReadiness, liveness } from '../http/health-endpoints.js';
import { insideInvocation } from '../http/inside-invocation.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import type { TimerHandler } from '../observability/timer-handler.js';
import type { Presence } from '../presence/presence.js';
import type { Dependencies } from './dependencies.js';
import { createAppDrain, createDrainHandler } from './drain-handler.js';
import { createFoundation } from './foundation.js';
import { createAppDeepHealth } from './health.js';
import { createOperations, type Operations } from './operations.js';
import { createReconcileHandlers } from './reconcile-handler.js';
import { createRefreshHandler } from './refresh-handler.js';
import { createMethodRefusal, createValidationHandler, createWebhookHandler } from './webhook-handlers.js';

/** The handlers of every function, ready to be registered. */
export interface App extends Operations {
  readonly receiveWebhook: HttpHandler;
  readonly validateWebhook: HttpHandler;
  readonly refuseWebhookMethod: HttpHandler;
  readonly liveness: HttpHandler;
  readonly readiness: HttpHandler;
  readonly deepHealth: HttpHandler;
  readonly consolePage: HttpHandler;
  readonly consoleFile: HttpHandler;
  readonly drainOutbox: TimerHandler;
  readonly refreshSourceRanges: TimerHandler;
  readonly reconcileGithub: TimerHandler;
  /** Fills the cache of secrets, so that an outage of the vault later on is not felt. Never rejects. */
  readonly warmSecrets: () => Promise<void>;
  /** Tells other instances that this one lives, and that it ends as it should. Neither rejects. */
  readonly presence: Pick<Presence, 'announce' | 'withdraw'> | undefined;
}

/** Joins the parts. Does no I/O; starts nothing. */
export const createApp = (given: Dependencies): App => {
  const foundation = createFoundation(given);
  const { dependencies, metrics, scope, reportStates } = foundation;
  const { log, newHex } = dependencies;
  const reconcile = createReconcileHandlers(foundation);
  const operations = createOperations(foundation, reconcile);
  const deepHealth = createAppDeepHealth(foundation, reconcile);
  const drain = createAppDrain(foundation);
  const onOwed = dependencies.drainsBetweenTimers ? () => drain.owe() : undefined;
  const inside = insideInvocation({ log, metrics, scope, newHex, onEnd: reportStates });
  const loadFiles = async () => (await import('../console/console-files.js')).consoleFiles;
  const page = { isOn: foundation.dependencies.settings.console, loadFiles };
  return {
    receiveWebhook: inside(createWebhookHandler(foundation, onOwed)),
    validateWebhook: inside(createValidationHandler(foundation)),
    refuseWebhookMethod: inside(createMethodRefusal(foundation)),
    liveness: inside(liveness),
    readiness: inside(createReadiness(dependencies.buildClients)),
    deepHealth: inside(createDeepHealthEndpoint(deepHealth)),
    breakerHealth: inside(operations.breakerHealth),
    resetBreakers: inside(operations.resetBreakers),
    resetBreaker: inside(operations.resetBreaker),
    changeBreaker: inside(operations.changeBreaker),
    metrics: inside(operations.metrics),
    showEvent: inside(operations.showEvent),
    events: inside(operations.events),
    listOutbox: inside(operations.listOutbox),
    listDeadLetters: inside(operations.listDeadLetters),
    simulateEvents: inside(operations.simulateEvents),
    replayEvent: inside(operations.replayEvent),
    replayEvents: inside(operations.replayEvents),
    replayDeadLetters: inside(operations.replayDeadLetters),
    consolePage: inside(createConsolePage(page)),
    consoleFile: inside(createConsoleFile(page)),
    drainOutbox: createDrainHandler(foundation, drain),
    refreshSourceRanges: createRefreshHandler(foundation),
    reconcile: inside(operations.reconcile),
    reconcileGithub: reconcile.timer,
    warmSecrets: foundation.warmSecrets,
    presence: foundation.presence,
  };
};
