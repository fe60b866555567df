import type { App } from '../src/app.js';
import type { HttpHandler } from '../src/http/receive-webhook.js';
import type { Settings } from '../src/settings/settings.js';

/** One HTTP-triggered function. Nothing is left to a default: methods, route and authorization level always stand here. */
export interface HttpEndpoint {
  readonly name: string;
  readonly trigger: 'http';
  readonly methods: readonly ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  readonly route: string;
  readonly authLevel: 'anonymous' | 'function';
  readonly handler: (app: App) => HttpHandler;
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

/** Every function there is. Senders cannot carry a function key, so the webhook route authenticates by signature instead. */
export const endpoints: readonly Endpoint[] = [
  {
    name: 'receiveWebhook',
    trigger: 'http',
    methods: ['POST'],
    route: 'webhooks/{provider}',
    authLevel: 'anonymous',
    handler: (app) => app.receiveWebhook,
  },
  {
    name: 'validateWebhook',
    trigger: 'http',
    methods: ['OPTIONS'],
    route: 'webhooks/{provider}',
    authLevel: 'anonymous',
    handler: (app) => app.validateWebhook,
  },
  {
    name: 'refuseWebhookMethod',
    trigger: 'http',
    methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'],
    route: 'webhooks/{provider}',
    authLevel: 'anonymous',
    handler: (app) => app.refuseWebhookMethod,
  },
  {
    name: 'health',
    trigger: 'http',
    methods: ['GET'],
    route: 'health',
    authLevel: 'anonymous',
    handler: (app) => app.liveness,
  },
  {
    name: 'healthLive',
    trigger: 'http',
    methods: ['GET'],
    route: 'health/live',
    authLevel: 'anonymous',
    handler: (app) => app.liveness,
  },
  {
    name: 'healthReady',
    trigger: 'http',
    methods: ['GET'],
    route: 'health/ready',
    authLevel: 'anonymous',
    handler: (app) => app.readiness,
  },
  {
    name: 'healthDeep',
    trigger: 'http',
    methods: ['GET'],
    route: 'health/deep',
    authLevel: 'function',
    handler: (app) => app.deepHealth,
  },
  {
    name: 'circuitBreakersHealth',
    trigger: 'http',
    methods: ['GET'],
    route: 'circuit-breakers/health',
    authLevel: 'function',
    handler: (app) => app.breakerHealth,
  },
  {
    name: 'circuitBreakersReset',
    trigger: 'http',
    methods: ['POST'],
    route: 'circuit-breakers/reset',
    authLevel: 'function',
    handler: (app) => app.resetBreakers,
  },
  {
    name: 'circuitBreakerReset',
    trigger: 'http',
    methods: ['POST'],
    route: 'circuit-breakers/{name}/reset',
    authLevel: 'function',
    handler: (app) => app.resetBreaker,
  },
  {
    name: 'circuitBreakerChange',
    trigger: 'http',
    methods: ['PATCH'],
    route: 'circuit-breakers/{name}',
    authLevel: 'function',
    handler: (app) => app.changeBreaker,
  },
  {
    name: 'metrics',
    trigger: 'http',
    methods: ['GET'],
    route: 'metrics',
    authLevel: 'function',
    handler: (app) => app.metrics,
  },
  {
    name: 'eventShow',
    trigger: 'http',
    methods: ['GET'],
    route: 'events/{id}',
    authLevel: 'function',
    handler: (app) => app.showEvent,
  },
  {
    name: 'eventReplay',
    trigger: 'http',
    methods: ['POST'],
    route: 'events/{id}/replay',
    authLevel: 'function',
    handler: (app) => app.replayEvent,
  },
  {
    name: 'eventsReplay',
    trigger: 'http',
    methods: ['POST'],
    route: 'events/replay',
    authLevel: 'function',
    handler: (app) => app.replayEvents,
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
];
