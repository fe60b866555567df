import type { HttpResponseInit } from '@azure/functions';

/** Every error reply there is: one table, checked against docs/http.md by a test. */
export const problemCatalogue = {
  MalformedPayload: { status: 400, title: 'The payload cannot be read' },
  InvalidConfiguration: { status: 400, title: 'The configuration is not valid' },
  InvalidQuery: { status: 400, title: 'The query is not valid' },
  InvalidReplay: { status: 400, title: 'The replay request is not valid' },
  InvalidSimulation: { status: 400, title: 'The simulation request is not valid' },
  MissingHeader: { status: 400, title: 'A required header is missing' },
  ContradictoryHeader: { status: 400, title: 'A header contradicts the payload' },
  SignatureInvalid: { status: 401, title: 'The signature does not verify' },
  Unauthorized: { status: 401, title: 'The admin token is missing or wrong' },
  UnknownProvider: { status: 404, title: 'No such provider' },
  UnknownCircuitBreaker: { status: 404, title: 'No such circuit breaker' },
  NoConsole: { status: 404, title: 'There is no such page' },
  UnknownEvent: { status: 404, title: 'No such event' },
  MethodNotAllowed: { status: 405, title: 'The route does not take this method' },
  LengthRequired: { status: 411, title: 'A Content-Length header is required' },
  PayloadTooLarge: { status: 413, title: 'The payload is too large' },
  UnsupportedContent: { status: 415, title: 'The content type or encoding is not accepted' },
  TooManyFailedAuthentications: { status: 429, title: 'Too many failed authentications' },
  InternalError: { status: 500, title: 'Internal error' },
  Overloaded: { status: 503, title: 'This instance is at its limit' },
  CircuitBreakerOpen: { status: 503, title: 'A dependency is unavailable' },
  QueueingFailed: { status: 503, title: 'The event could not be queued' },
  SecretUnavailable: { status: 503, title: 'A secret is not available now' },
  PayloadNotStorable: { status: 503, title: 'The payload could not be stored' },
  ArchiveUnavailable: { status: 503, title: 'The archive cannot be read now' },
  NotReady: { status: 503, title: 'Not ready' },
} as const;

export type ProblemCode = keyof typeof problemCatalogue;

/** RFC 9457 members beside the catalogue's own; nothing from a dependency, a stack or a secret ever stands here. */
export interface ProblemDetails {
  readonly detail: string;
  readonly service?: string;
  readonly retryAfterMs?: number;
  readonly correlationId?: string;
  readonly archived?: boolean;
  readonly deferred?: boolean;
  readonly quarantined?: boolean;
  readonly id?: string;
  /** Each thing that was wrong, by the field it was in. */
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
}

/** `Retry-After` and `retryAfterSeconds` are whole seconds, rounded up, at least 1. */
const wholeSeconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

/** One error reply: `application/problem+json` (RFC 9457) with a stable `code`, and `Retry-After` where waiting helps. */
export const problem = (code: ProblemCode, { retryAfterMs, ...details }: ProblemDetails): HttpResponseInit => {
  const { status, title } = problemCatalogue[code];
  const retryAfterSeconds = retryAfterMs === undefined ? undefined : wholeSeconds(retryAfterMs);
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body: JSON.stringify({
      type: `urn:breakwater:problem:${code}`,
      title,
      status,
      code,
      ...details,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    }),
  };
};
