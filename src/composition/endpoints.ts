import { commandName } from '../operations/audit.js';

/**
 * Who may ask. `signature`: a sender proves itself by what it signs. `open`: everybody. `key`: the host asks for a function key.
 * `operator`: the same, and the admin token on top; the handler is a command of `operations.ts`.
 */
export type Access = 'signature' | 'open' | 'key' | 'operator';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'OPTIONS';

/** One HTTP-triggered function: a route with all its methods. */
interface EndpointRow {
  readonly name: string;
  /** Below `/api`. */
  readonly route: string;
  readonly access: Access;
  /** What answers, by what it is called in `App`. Every method that is not here is answered 405, by `otherwise` where that says more. */
  readonly methods: Readonly<Partial<Record<Method, string>>>;
  readonly otherwise?: string;
  /** Answers instead when the query has this parameter. */
  readonly byQuery?: { readonly parameter: string; readonly handler: string };
  /** Answers even when a setting is wrong. */
  readonly dependsOnNothing?: true;
  /** What it does, in one line of Markdown for docs/http.md and the OpenAPI document. */
  readonly says: string;
}

const seen = <H extends string>(handler: H) => ({ GET: handler, HEAD: handler }) as const;

/**
 * Every HTTP endpoint, once: the functions, `App`, the table of docs/http.md and `schemas/openapi.json` follow from it. Azure tries
 * routes in the order of their functions' names: one with a parameter needs a name after those that it could stand for. No route
 * begins with `admin` or `runtime`, which the Functions host keeps for itself.
 */
export const httpEndpoints = [
  {
    name: 'receiveWebhook',
    route: 'webhooks/{provider}',
    access: 'signature',
    methods: { POST: 'receiveWebhook', OPTIONS: 'validateWebhook' },
    otherwise: 'refuseWebhookMethod',
    says: 'takes a webhook; `OPTIONS` answers the validation handshake of CloudEvents senders',
  },
  {
    name: 'health',
    route: 'health',
    access: 'open',
    methods: seen('liveness'),
    dependsOnNothing: true,
    says: 'the process is up',
  },
  {
    name: 'healthLive',
    route: 'health/live',
    access: 'open',
    methods: seen('liveness'),
    dependsOnNothing: true,
    says: 'the same',
  },
  {
    name: 'healthReady',
    route: 'health/ready',
    access: 'open',
    methods: seen('readiness'),
    says: 'the settings are valid and every client can be built; 503 otherwise',
  },
  {
    name: 'healthDeep',
    route: 'health/deep',
    access: 'key',
    methods: seen('deepHealth'),
    says: "[health](health.md) with every breaker's state and metrics; `?probe=true` also calls each dependency, 2 s at most. 200 when healthy or degraded, 503 when unhealthy",
  },
  {
    name: 'circuitBreakersHealth',
    route: 'circuit-breakers/health',
    access: 'key',
    methods: { GET: 'breakerHealth' },
    says: 'state, metrics and configuration of every breaker',
  },
  {
    name: 'circuitBreakersReset',
    route: 'circuit-breakers/reset',
    access: 'operator',
    methods: { POST: 'resetCircuitBreakers' },
    says: 'closes every breaker and clears its counters',
  },
  {
    name: 'oneCircuitBreakerReset',
    route: 'circuit-breakers/{name}/reset',
    access: 'operator',
    methods: { POST: 'resetCircuitBreaker' },
    says: 'closes one breaker and clears its counters',
  },
  {
    name: 'oneCircuitBreaker',
    route: 'circuit-breakers/{name}',
    access: 'operator',
    methods: { PATCH: 'changeCircuitBreaker' },
    says: 'changes options of a running breaker, such as `{"coolDownMs": 10000}`; `null` switches an optional one off; answers the whole configuration',
  },
  {
    name: 'metrics',
    route: 'metrics',
    access: 'key',
    methods: { GET: 'metrics' },
    says: '[metrics](metrics.md) for Prometheus, with ready [alerting rules](../infra/prometheus/alerts.yml)',
  },
  {
    name: 'events',
    route: 'events',
    access: 'operator',
    methods: { GET: 'listEvents' },
    byQuery: { parameter: 'id', handler: 'showEvent' },
    says: 'lists deliveries, newest first, with filters and a cursor ([how](outbox.md#seeing-and-sending-again)); `?id=` shows one whose id has a `/` in it',
  },
  {
    name: 'outbox',
    route: 'outbox',
    access: 'operator',
    methods: { GET: 'listOutbox' },
    says: 'lists what is owed to bots, newest first',
  },
  {
    name: 'deadLetters',
    route: 'dead-letters',
    access: 'operator',
    methods: { GET: 'listDeadLetters' },
    says: 'lists what was given up, newest first',
  },
  {
    name: 'eventsReplay',
    route: 'events/replay',
    access: 'operator',
    methods: { POST: 'replayEvents' },
    says: 'sends the archived events of a period again, in their order ([how](outbox.md))',
  },
  {
    name: 'eventsSimulate',
    route: 'events/simulate',
    access: 'operator',
    methods: { POST: 'simulateEvents' },
    says: 'what another `bots.json` would have given each bot; sends nothing ([how](outbox.md#trying-another-botsjson))',
  },
  {
    name: 'oneEvent',
    route: 'events/{id}',
    access: 'operator',
    methods: { GET: 'showEvent' },
    says: 'what became of one delivery: where it is archived, which bots matched, what is still owed',
  },
  {
    name: 'oneEventReplay',
    route: 'events/{id}/replay',
    access: 'operator',
    methods: { POST: 'replayEvent' },
    says: 'sends one archived event again',
  },
  {
    name: 'deadLettersReplay',
    route: 'dead-letters/replay',
    access: 'operator',
    methods: { POST: 'replayDeadLetters' },
    says: 'puts what was given up for one bot back into the outbox, oldest first ([how](outbox.md#dead-letters))',
  },
  {
    name: 'reconcile',
    route: 'reconcile',
    access: 'operator',
    methods: { POST: 'reconcile' },
    says: 'asks GitHub now for deliveries that it could not make; `{"dryRun": true}` only lists them ([how](reconcile.md))',
  },
  {
    name: 'console',
    route: 'console',
    access: 'key',
    methods: seen('consolePage'),
    says: "the [operators' page](console.md)",
  },
  {
    name: 'consoleFile',
    route: 'console/{file}',
    access: 'open',
    methods: seen('consoleFile'),
    says: 'its script, style and icon',
  },
] as const satisfies readonly EndpointRow[];

type Row = (typeof httpEndpoints)[number];
type HandlersOf<R> =
  | (R extends { readonly methods: infer M } ? M[keyof M] : never)
  | (R extends { readonly otherwise: infer H } ? H : never)
  | (R extends { readonly byQuery: { readonly handler: infer H } } ? H : never);

export type HandlerName = HandlersOf<Row>;
/** What operators command: each leaves an audit line, under this name in words (`list-outbox`). */
export type CommandHandler = HandlersOf<Extract<Row, { readonly access: 'operator' }>>;

/** A row as those see it who know no names. */
export interface HttpEndpoint extends EndpointRow {
  readonly methods: Readonly<Partial<Record<Method, HandlerName>>>;
  readonly otherwise?: HandlerName;
  readonly byQuery?: { readonly parameter: string; readonly handler: HandlerName };
}

/** What answers an endpoint, the handlers of the query and of other methods included. */
export const handlersOf = ({ methods, otherwise, byQuery }: HttpEndpoint): readonly HandlerName[] => [
  ...new Set([...Object.values(methods), ...(byQuery ? [byQuery.handler] : []), ...(otherwise ? [otherwise] : [])]),
];

const all: readonly HttpEndpoint[] = httpEndpoints;

export const operatorCommands: readonly string[] = [
  ...new Set(
    all
      .filter(({ access }) => access === 'operator')
      .flatMap(handlersOf)
      .map(commandName),
  ),
];
