import type { Clock } from '../time/clock.js';

/** Nobody waits longer for a limit that a header announces: a wrong clock over there must not silence a client for days. */
const longestHoldMs = 3_600_000;

/** GitHub asks for so long when it says nothing else of a secondary limit. */
const usualHoldMs = 60_000;

/** `Wed, 21 Oct 2026 07:28:00 GMT`, or as ISO 8601 writes it. `Date.parse` takes `-5` and `1, 2` for days of 2001. */
const dateForm = /^(?:[A-Za-z]{3}|\d{4}-)/;

const secondsOrDate = (value: string | null, epochMs: number): number | undefined => {
  if (value === null) return undefined;
  const isSeconds = /^\d+(\.\d+)?$/.test(value);
  if (!isSeconds && !dateForm.test(value)) return undefined;
  const ms = isSeconds ? Number(value) * 1_000 : Date.parse(value) - epochMs;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
};

/** How long the answer asks for in its `Retry-After`; `undefined` when it does not. */
export const retryAfterOf = (headers: Headers, epochMs: number): number | undefined =>
  secondsOrDate(headers.get('retry-after'), epochMs);

/** `x-ratelimit-reset` (GitHub and others) is a moment in seconds; `ratelimit-reset` (IETF draft) is a number of seconds. */
const untilResetMs = (headers: Headers, epochMs: number): number | undefined => {
  const moment = headers.get('x-ratelimit-reset');
  if (moment !== null && /^\d+$/.test(moment)) {
    const seconds = Number(moment);
    return Math.max(0, seconds > 1_000_000_000 ? seconds * 1_000 - epochMs : seconds * 1_000);
  }
  return secondsOrDate(headers.get('ratelimit-reset'), epochMs);
};

const isUsedUp = (headers: Headers): boolean =>
  headers.get('x-ratelimit-remaining') === '0' || headers.get('ratelimit-remaining') === '0';

/** How long an answer asks its client to stay away; `undefined` when it does not. */
export const holdAskedFor = (status: number, headers: Headers, epochMs: number): number | undefined => {
  const retryAfterMs = retryAfterOf(headers, epochMs);
  const isRefusal = status === 429 || (status === 403 && (isUsedUp(headers) || retryAfterMs !== undefined));
  if (!isRefusal && !isUsedUp(headers)) return undefined;
  const asked = retryAfterMs ?? untilResetMs(headers, epochMs) ?? (isRefusal ? usualHoldMs : undefined);
  return asked === undefined ? undefined : Math.min(asked, longestHoldMs);
};

/** Whether a limit, not a right that is missing, refused the request. */
export const isLimit = (status: number, headers: Headers): boolean =>
  status === 429 || (status === 403 && (isUsedUp(headers) || headers.has('retry-after')));

/** Until when a client stays away by itself. */
export class RateLimitHold {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Milliseconds that are left; 0 when requests may go. */
  get leftMs(): number {
    return Math.max(0, Math.ceil(this.#untilMs - this.#clock.monotonicMs()));
  }

  hold(ms: number): void {
    this.#untilMs = Math.max(this.#untilMs, this.#clock.monotonicMs() + ms);
  }
}
