import type { CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';

/** What a Functions handler answers, as far as this needs it. */
export interface HandlerAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly jsonBody?: unknown;
}

const unavailable = <E>(error: CircuitBreakerError<E>): HandlerAnswer => {
  const code = error.kind === 'circuit-open' ? 'CircuitBreakerOpen' : 'DependencyUnavailable';
  const waitMs = 'retryAfterMs' in error ? error.retryAfterMs : 1_000;
  const retryAfterSeconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': String(retryAfterSeconds) },
    jsonBody: { type: 'about:blank', title: 'Service Unavailable', status: 503, code, retryAfterSeconds },
  };
};

/**
 * A handler of Azure Functions behind a breaker: what it throws is classified and counted, and answered 503 with `Retry-After`
 * (RFC 9457 body), as every call is while the breaker is open. The last argument that the handler gets is the call's signal.
 */
export const guardHandler =
  <Arguments extends readonly unknown[], A extends HandlerAnswer, E>(
    breaker: GuardedCall<A, E>,
    handler: (...given: readonly [...Arguments, AbortSignal]) => Promise<A>,
  ) =>
  async (...given: Arguments): Promise<A | HandlerAnswer> => {
    const result = await breaker.call((signal: AbortSignal) => handler(...given, signal));
    return result.ok ? result.value : unavailable(result.error);
  };
