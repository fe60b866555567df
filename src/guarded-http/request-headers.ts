import type { Clock } from '../time/clock.js';
import { HttpFault, type HttpFaultFacts } from './http-fault.js';
import type { HttpRequest } from './http-request.js';
import { waitPatiently } from './wait-patiently.js';

type OwnHeaders = Readonly<Record<string, string>> | undefined;

/** What a client sends with every request. */
export type HeadersOf = () => OwnHeaders | Promise<OwnHeaders>;

/** Where two say different things of one header, whatever the case of its letters, the later one wins. */
const joined = (
  own: NonNullable<OwnHeaders>,
  { headers: given = {}, json, traceparent, tracestate }: HttpRequest,
): Headers => {
  const headers = new Headers({ 'user-agent': 'breakwater' });
  const trace = Object.entries({ traceparent, tracestate });
  for (const [name, value] of [...Object.entries(own), ...Object.entries(given), ...trace]) {
    if (value !== undefined) headers.set(name, value);
  }
  if (json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  return headers;
};

interface WithHeaders {
  readonly headers: Headers;
  /** As it was given, with what is left of its own time. */
  readonly request: HttpRequest;
}

/** The headers of a request, or the fault that it need not be tried; within its time. */
export const withHeaders = async (
  headersOf: HeadersOf,
  given: HttpRequest,
  { groupMs, clock, facts }: { readonly groupMs: number; readonly clock: Clock; readonly facts: HttpFaultFacts },
): Promise<WithHeaders | HttpFault> => {
  const { signal, timeoutMs = groupMs } = given;
  const startedMs = clock.monotonicMs();
  const making = Promise.resolve()
    .then(headersOf)
    .catch((cause: unknown) => new HttpFault('not-configured', { ...facts, cause }));
  const own = await waitPatiently(making, { signal, timeoutMs: Math.min(timeoutMs, groupMs), clock, facts });
  if (own === undefined) return new HttpFault('not-configured', facts);
  if (own instanceof HttpFault) return own;
  const leftMs = timeoutMs - Math.floor(clock.monotonicMs() - startedMs);
  const request = typeof given.timeoutMs === 'number' ? { ...given, timeoutMs: leftMs } : given;
  return { headers: joined(own, request), request };
};
