import type { Clock } from '../time/clock.js';
import type { EndpointRules } from './endpoint-group.js';
import { HttpFault, type HttpFaultFacts, isFailed } from './http-fault.js';
import { type HttpAnswer, type HttpRequest, isRepeatable } from './http-request.js';
import { holdAskedFor, isLimit, type RateLimitHold, retryAfterOf } from './rate-limit.js';

/** What `fetch` gets of a request. */
export interface HttpInit {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly redirect: 'manual';
}

/** What a guarded client sends with. */
export interface Sending {
  readonly client: string;
  readonly endpoint: string;
  readonly url: URL;
  readonly request: HttpRequest;
  readonly init: HttpInit;
  readonly rules: EndpointRules;
  readonly limit: RateLimitHold;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: typeof fetch;
  readonly onRetry: () => void;
}

const longestPauseMs = 5_000;

const readWithin = async (response: Response, maxBytes: number): Promise<Buffer | undefined> => {
  if (response.body === null) return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
};

/** Sends once and waits for the answer's head. Throws `HttpFault`, or the signal's reason. */
export const openResponse = async (sending: Sending, signal: AbortSignal): Promise<Response> => {
  const { client, endpoint, url, init, clock, limit, rules } = sending;
  const facts: HttpFaultFacts = { client, endpoint };
  const response = await sending.fetch(url, { ...init, signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new HttpFault('unreachable', { ...facts, cause });
  });
  const { status } = response;
  const holdMs = holdAskedFor(status, response.headers, clock.epochMs());
  if (holdMs !== undefined) limit.hold(holdMs);
  const isGood = (status >= 200 && status < 300) || status === 304;
  if (isGood && !rules.isFailure(status)) return response;
  const text = await readWithin(response, rules.maxResponseBytes).catch(() => undefined);
  if (isLimit(status, response.headers))
    throw new HttpFault('throttled', { ...facts, status, retryAfterMs: limit.leftMs });
  const retryAfterMs = retryAfterOf(response.headers, clock.epochMs());
  const said = { ...(text !== undefined && { body: text }), ...(retryAfterMs !== undefined && { retryAfterMs }) };
  throw new HttpFault('refused', { ...facts, status, ...said });
};

const sendOnce = async (sending: Sending, signal: AbortSignal): Promise<HttpAnswer> => {
  const { client, endpoint, rules } = sending;
  const response = await openResponse(sending, signal);
  const bytes = await readWithin(response, rules.maxResponseBytes).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new HttpFault('unreachable', { client, endpoint, cause });
  });
  if (bytes === undefined) throw new HttpFault('too-large', { client, endpoint, status: response.status });
  return { status: response.status, headers: response.headers, bytes, stale: false };
};

/** The shortest pause that the server allows; `undefined` when a retry would change nothing or come too soon. */
const pauseAskedMs = (fault: unknown, { isFailure }: EndpointRules): number | undefined => {
  if (!(fault instanceof HttpFault)) return undefined;
  const { retryAfterMs = 0 } = fault;
  return isFailed(fault, isFailure) && retryAfterMs <= longestPauseMs ? retryAfterMs : undefined;
};

const pause = ({ clock }: Sending, ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.startTimer(ms, end);
    signal.addEventListener('abort', end, { once: true });
  });

/**
 * Retries until an answer comes that another try would not change, with pauses that double and have jitter, but are never shorter than the
 * answer's `Retry-After`, all before `signal` aborts. A rate limit is never retried: its answer ends the tries.
 */
export const sendRequest = async (sending: Sending, signal: AbortSignal): Promise<HttpAnswer> => {
  const { rules, request } = sending;
  const tries = isRepeatable(request) ? rules.retries : 0;
  for (let tried = 0; ; tried += 1) {
    try {
      return await sendOnce(sending, signal);
    } catch (fault) {
      const askedMs = pauseAskedMs(fault, rules);
      if (tried >= tries || signal.aborted || askedMs === undefined) throw fault;
      const ownMs = sending.random() * Math.min(longestPauseMs, rules.retryDelayMs * 2 ** tried);
      await pause(sending, Math.max(askedMs, ownMs), signal);
      if (signal.aborted) throw fault;
      sending.onRetry();
    }
  }
};
