import type { CallResult } from '../circuit-breaker/call-errors.js';
import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerSnapshot } from '../circuit-breaker/circuit-breaker-snapshot.js';
import type { TransitionListener } from '../circuit-breaker/listeners.js';
import { defaultBreakerOptions } from '../circuit-breaker/presets.js';
import { type Clock, systemClock } from '../time/clock.js';
import { AnswerCache } from './answer-cache.js';
import { type EndpointGroup, type EndpointRules, endpointRules } from './endpoint-group.js';
import { classifyFor, HttpFault, isOutage } from './http-fault.js';
import { type HttpHealth, healthOf } from './http-health.js';
import type { HttpAnswer, HttpRequest } from './http-request.js';
import { RateLimitHold } from './rate-limit.js';
import { type HeadersOf, withHeaders } from './request-headers.js';
import { openResponse, type Sending, sendRequest } from './send-request.js';
import { waitPatiently } from './wait-patiently.js';

/** An answer, or why there is none. */
export type HttpResult<T = HttpAnswer> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: HttpFault };

export interface GuardedHttpOptions<G extends string> {
  /** Names the breakers: `{name}:{endpoint}`, or `{name}` alone for a group of the same name. */
  readonly name: string;
  /** Every path is below it. `undefined`: there is nothing to call, every request answers `not-configured`. */
  readonly baseUrl: string | undefined;
  /** One breaker for each. */
  readonly endpoints: Readonly<Record<G, EndpointGroup>>;
  /**
   * Sent with every request, made anew each time, for a token that changes; `undefined` when the token is missing. What is still being made
   * at the request's deadline ends it. A header of the request itself wins. These headers identify the client, not its
   * users: a cached answer serves, whatever token it was fetched with. Put what differs between users into the request's own headers; the
   * cache keeps those apart.
   */
  readonly headers?: HeadersOf;
  readonly onTransition?: TransitionListener;
  readonly fetch?: typeof fetch;
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** What happened at one endpoint group since the start. */
export interface EndpointMetrics {
  readonly breaker: CircuitBreakerSnapshot;
  readonly retries: number;
  readonly throttled: number;
}

/** A client whose every request passes the breaker of its endpoint group. */
export interface GuardedHttp<G extends string> {
  readonly name: string;
  /**
   * The whole answer. Rejects only with `TypeError`: an unknown endpoint, a path that leads out of `baseUrl`, or an impossible request,
   * such as a GET with a body.
   */
  request(endpoint: G, request: HttpRequest): Promise<HttpResult>;
  /** The answer as soon as its head is there, for streams: no retry, no cache, no limit of size. Rejects as `request` does. */
  open(endpoint: G, request: HttpRequest): Promise<HttpResult<Response>>;
  health(): HttpHealth;
  /** One for each endpoint group. */
  readonly breakers: readonly CircuitBreaker<HttpAnswer | Response, HttpFault>[];
  metrics(): Readonly<Record<G, EndpointMetrics>> & { readonly cache: AnswerCache['hits'] };
}

interface Endpoint {
  readonly name: string;
  readonly rules: EndpointRules;
  readonly breaker: CircuitBreaker<HttpAnswer | Response, HttpFault>;
  retries: number;
  throttled: number;
}

const entriesOf = <K extends string, V>(record: Readonly<Record<K, V>>) => Object.entries<V>(record);

const normalBase = (baseUrl: string): URL => new URL(baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`);

/**
 * `fetch` for one dependency: a breaker for each group of endpoints, a deadline, retries inside the breaker's call for what is safe to
 * repeat, limits of the other side respected (counted as throttled, not as failure), answers of a bounded size, and a cache with one
 * request for many callers. Redirects are not followed: they are `refused`. Throws `RangeError` or `TypeError` for wrong options.
 */
export const createGuardedHttp = <G extends string>(options: GuardedHttpOptions<G>): GuardedHttp<G> => {
  const { name, clock = systemClock, random = Math.random, headers: headersOf = () => ({}) } = options;
  const base = options.baseUrl === undefined ? undefined : normalBase(options.baseUrl);
  const limit = new RateLimitHold(clock);
  const cache = new AnswerCache(clock);
  const { onTransition } = options;

  const endpoints = new Map(
    entriesOf(options.endpoints).map(([endpoint, group]): [string, Endpoint] => {
      const rules = endpointRules(endpoint, group);
      const breaker = new CircuitBreaker<HttpAnswer | Response, HttpFault>({
        name: endpoint === name ? name : `${name}:${endpoint}`,
        options: { ...defaultBreakerOptions, operationTimeoutMs: rules.timeoutMs, ...group.breaker },
        classify: classifyFor({ client: name, endpoint }, rules.isFailure),
        clock,
        random,
        ...(onTransition !== undefined && { onTransition }),
      });
      return [endpoint, { name: endpoint, rules, breaker, retries: 0, throttled: 0 }];
    }),
  );

  const endpointOf = (wanted: G): Endpoint => {
    const endpoint = endpoints.get(wanted);
    if (endpoint !== undefined) return endpoint;
    throw new TypeError(`${name} has no endpoint "${wanted}"; known: ${[...endpoints.keys()].join(', ')}`);
  };

  const urlOf = ({ path }: HttpRequest, root: URL): URL => {
    const url = new URL(path.replace(/^\//, ''), root);
    if (url.origin !== root.origin || !url.pathname.startsWith(root.pathname))
      throw new TypeError(`${name}: the path leads out of ${root.href}`);
    return url;
  };

  /** What the request is sent with, or the fault that it need not be tried. */
  const prepare = async (endpoint: Endpoint, given: HttpRequest): Promise<Sending | HttpFault> => {
    const facts = { client: name, endpoint: endpoint.name };
    if (base === undefined) return new HttpFault('not-configured', facts);
    const { rules } = endpoint;
    const made = await withHeaders(headersOf, given, { groupMs: rules.timeoutMs, clock, facts });
    if (made instanceof HttpFault) return made;
    const { headers, request } = made;
    const onRetry = (): void => {
      endpoint.retries += 1;
    };
    const how = { rules, limit, clock, random, fetch: options.fetch ?? fetch };
    const url = urlOf(request, base);
    const body = request.json === undefined ? request.body : JSON.stringify(request.json);
    const method = request.method ?? 'GET';
    const init = { method, headers, redirect: 'manual', ...(body !== undefined && { body }) } as const;
    // What no request can be is its caller's fault: it rejects here, where the breaker does not count it.
    void new Request(url, init);
    return { ...facts, ...how, url, request, init, onRetry };
  };

  const faultOf = (endpoint: Endpoint, result: Extract<CallResult<unknown, HttpFault>, { ok: false }>): HttpFault => {
    const facts = { client: name, endpoint: endpoint.name };
    const { error } = result;
    switch (error.kind) {
      case 'operation-failed':
        return error.cause;
      case 'timeout':
        return new HttpFault('timeout', facts);
      case 'internal':
        return new HttpFault('aborted', { ...facts, cause: error.cause });
      default:
        return new HttpFault(error.kind, { ...facts, retryAfterMs: error.retryAfterMs });
    }
  };

  /** Passes the breaker; throws `HttpFault`. */
  const guarded = async <T extends HttpAnswer | Response>(
    endpoint: Endpoint,
    { signal, timeoutMs }: HttpRequest,
    run: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const facts = { client: name, endpoint: endpoint.name };
    if (limit.leftMs > 0) {
      endpoint.throttled += 1;
      throw new HttpFault('throttled', { ...facts, retryAfterMs: limit.leftMs });
    }
    const result = await endpoint.breaker.call(run, {
      ...(signal !== undefined && { signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    if (result.ok) return result.value;
    const fault = signal?.aborted === true ? new HttpFault('aborted', facts) : faultOf(endpoint, result);
    if (fault.kind === 'throttled') endpoint.throttled += 1;
    throw fault;
  };

  const asked = (endpoint: Endpoint, sending: Sending): Promise<HttpAnswer> =>
    guarded(endpoint, sending.request, (signal) => sendRequest(sending, signal));

  const askedOnce = (endpoint: Endpoint, sending: Sending): Promise<HttpAnswer> => {
    const { url, request, init } = sending;
    const { cacheSeconds, staleSeconds, timeoutMs, isFailure } = endpoint.rules;
    const { signal, timeoutMs: ownMs = timeoutMs, ...shared } = request;
    if (cacheSeconds === 0 || init.method !== 'GET' || signal?.aborted === true) return asked(endpoint, sending);
    const facts = { client: name, endpoint: endpoint.name };
    // A deadline that is no shorter is the request's own: what is kept may then serve.
    const patience = { signal, timeoutMs: ownMs < timeoutMs ? ownMs : Infinity, clock, facts };
    return cache.get({
      key: JSON.stringify([url.href, ...new Headers(request.headers)]),
      cacheSeconds,
      staleSeconds,
      ask: (etag) => {
        if (etag !== undefined) init.headers.set('if-none-match', etag);
        // One request serves many callers: none of them may end it for the others.
        return asked(endpoint, { ...sending, request: shared });
      },
      wait: (answer) => waitPatiently(answer, patience),
      isFailing: (fault) => isOutage(fault, isFailure),
    });
  };

  const outcome = async <T>(
    wanted: G,
    request: HttpRequest,
    run: (endpoint: Endpoint, sending: Sending) => Promise<T>,
  ): Promise<HttpResult<T>> => {
    const endpoint = endpointOf(wanted);
    try {
      const sending = await prepare(endpoint, request);
      if (sending instanceof HttpFault) return { ok: false, error: sending };
      return { ok: true, value: await run(endpoint, sending) };
    } catch (fault) {
      if (fault instanceof HttpFault) return { ok: false, error: fault };
      throw fault;
    }
  };

  return {
    name,
    breakers: [...endpoints.values()].map(({ breaker }) => breaker),
    request: (endpoint, request) => outcome(endpoint, request, askedOnce),
    open: (wanted, request) =>
      outcome(wanted, request, (endpoint, sending) =>
        guarded(endpoint, sending.request, (signal) => openResponse(sending, signal)),
      ),
    health: () =>
      healthOf({
        isConfigured: base !== undefined,
        heldMs: limit.leftMs,
        breakers: [...endpoints.values()].map(({ breaker }) => breaker.snapshot()),
      }),
    metrics: () => {
      const rows = [...endpoints].map(([endpoint, { breaker, retries, throttled }]) => [
        endpoint,
        { breaker: breaker.snapshot(), retries, throttled },
      ]);
      return { ...Object.fromEntries(rows), cache: cache.hits };
    },
  };
};
