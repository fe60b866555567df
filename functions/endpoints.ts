import type { App } from '../src/composition/app.js';
import type { HttpHandler } from '../src/http/receive-webhook.js';
import type { Settings } from '../src/settings/settings.js';

type Handler = (app: App) => HttpHandler;

/** One HTTP-triggered function: a route with all its methods. Route and authorization level always stand here. */
export interface HttpEndpoint {
  readonly name: string;
  readonly trigger: 'http';
  readonly route: string;
  readonly authLevel: 'anonymous' | 'function';
  /** Every method that is not here is answered 405, by `otherwise` where that says more. */
  readonly handlers: Readonly<Partial<Record<'GET' | 'HEAD' | 'POST' | 'PATCH' | 'OPTIONS', Handler>>>;
  readonly otherwise?: Handler;
  /** Answers even when a setting is wrong. */
  readonly dependsOnNothing?: true;
}

/** One function on a timer; it never runs because the app started. */
export interface TimerEndpoint {
  readonly name: string;
  readonly trigger: 'timer';
  /**
   * Six-field NCRONTAB. From the settings and not `%OUTBOX_SCHEDULE%`, which a host cannot resolve when it is unset. `undefined`: the
   * settings give it nothing to do, and it is not registered.
   */
  readonly schedule: (settings: Settings) => string | undefined;
  readonly handler: (app: App) => App['drainOutbox'];
}

export type Endpoint = HttpEndpoint | TimerEndpoint;

const seen = (handler: Handler): HttpEndpoint['handlers'] => ({ GET: handler, HEAD: handler });

/**
 * Every function there is, one for each route. Senders cannot carry a function key, so the webhook route authenticates by signature
 * instead. Azure tries routes in the order of their functions' names: those with a parameter come after those that it could stand for.
 */
export const endpoints: readonly Endpoint[] = [
  {
    name: 'receiveWebhook',
    trigger: 'http',
    route: 'webhooks/{provider}',
    authLevel: 'anonymous',
    handlers: { POST: (app) => app.receiveWebhook, OPTIONS: (app) => app.validateWebhook },
    otherwise: (app) => app.refuseWebhookMethod,
  },
  {
    name: 'health',
    trigger: 'http',
    route: 'health',
    authLevel: 'anonymous',
    handlers: seen((app) => app.liveness),
    dependsOnNothing: true,
  },
  {
    name: 'healthLive',
    trigger: 'http',
    route: 'health/live',
    authLevel: 'anonymous',
    handlers: seen((app) => app.liveness),
    dependsOnNothing: true,
  },
  {
    name: 'healthReady',
    trigger: 'http',
    route: 'health/ready',
    authLevel: 'anonymous',
    handlers: seen((app) => app.readiness),
  },
  {
    name: 'healthDeep',
    trigger: 'http',
    route: 'health/deep',
    authLevel: 'function',
    handlers: seen((app) => app.deepHealth),
  },
  {
    name: 'circuitBreakersHealth',
    trigger: 'http',
    route: 'circuit-breakers/health',
    authLevel: 'function',
    handlers: { GET: (app) => app.breakerHealth },
  },
  {
    name: 'circuitBreakersReset',
    trigger: 'http',
    route: 'circuit-breakers/reset',
    authLevel: 'function',
    handlers: { POST: (app) => app.resetBreakers },
  },
  {
    name: 'oneCircuitBreakerReset',
    trigger: 'http',
    route: 'circuit-breakers/{name}/reset',
    authLevel: 'function',
    handlers: { POST: (app) => app.resetBreaker },
  },
  {
    name: 'oneCircuitBreaker',
    trigger: 'http',
    route: 'circuit-breakers/{name}',
    authLevel: 'function',
    handlers: { PATCH: (app) => app.changeBreaker },
  },
  {
    name: 'metrics',
    trigger: 'http',
    route: 'metrics',
    authLevel: 'function',
    handlers: { GET: (app) => app.metrics },
  },
  {
    name: 'events',
    trigger: 'http',
    route: 'events',
    authLevel: 'function',
    handlers: { GET: (app) => app.events },
  },
  {
    name: 'outbox',
    trigger: 'http',
    route: 'outbox',
    authLevel: 'function',
    handlers: { GET: (app) => app.listOutbox },
  },
  {
    name: 'deadLetters',
    trigger: 'http',
    route: 'dead-letters',
    authLevel: 'function',
    handlers: { GET: (app) => app.listDeadLetters },
  },
  {
    name: 'eventsReplay',
    trigger: 'http',
    route: 'events/replay',
    authLevel: 'function',
    handlers: { POST: (app) => app.replayEvents },
  },
  {
    name: 'eventsSimulate',
    trigger: 'http',
    route: 'events/simulate',
    authLevel: 'function',
    handlers: { POST: (app) => app.simulateEvents },
  },
  {
    name: 'oneEvent',
    trigger: 'http',
    route: 'events/{id}',
    authLevel: 'function',
    handlers: { GET: (app) => app.showEvent },
  },
  {
    name: 'oneEventReplay',
    trigger: 'http',
    route: 'events/{id}/replay',
    authLevel: 'function',
    handlers: { POST: (app) => app.replayEvent },
  },
  {
    name: 'deadLettersReplay',
    trigger: 'http',
    route: 'dead-letters/replay',
    authLevel: 'function',
    handlers: { POST: (app) => app.replayDeadLetters },
  },
  {
    name: 'reconcile',
    trigger: 'http',
    route: 'reconcile',
    authLevel: 'function',
    handlers: { POST: (app) => app.reconcile },
  },
  {
    name: 'console',
    trigger: 'http',
    route: 'console',
    authLevel: 'function',
    handlers: seen((app) => app.consolePage),
  },
  {
    name: 'consoleFile',
    trigger: 'http',
    route: 'console/{file}',
    authLevel: 'anonymous',
    handlers: seen((app) => app.consoleFile),
  },
  {
    name: 'drainOutbox',
    trigger: 'timer',
    schedule: (settings) => settings.outboxSchedule,
    handler: (app) => app.drainOutbox,
  },
  {
    name: 'refreshSourceRanges',
    trigger: 'timer',
    schedule: ({ sourceRanges, githubMetaSchedule }) =>
      Object.values(sourceRanges).some(({ githubMeta }) => githubMeta) ? githubMetaSchedule : undefined,
    handler: (app) => app.refreshSourceRanges,
  },
  {
    name: 'reconcileGithub',
    trigger: 'timer',
    schedule: ({ reconcile }) => reconcile?.schedule,
    handler: (app) => app.reconcileGithub,
  },
];
