import type { Log, LogLevel } from './log.js';

/** What every breaker tells of a transition; the breaker's own type has more. */
interface Transition {
  readonly breaker: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/**
 * One line per transition, `breaker.opened`, `breaker.half-opened` or `breaker.closed`: what alert rules look for. Closing is good news.
 * `lastFailure`: why the latest call failed, in one word; told of a breaker that opens.
 */
export const createTransitionLog =
  (log: Log) =>
  ({ breaker, from, to, reason }: Transition, lastFailure: string | undefined): void =>
    log.write(levels[to] ?? 'warn', eventNames[to] ?? 'breaker.changed', {
      breaker,
      from,
      to,
      reason,
      ...(to === 'Open' && { lastFailure }),
    });

const levels: Readonly<Record<string, LogLevel>> = { Open: 'error', HalfOpen: 'warn', Closed: 'info' };

const eventNames: Readonly<Record<string, string>> = {
  Open: 'breaker.opened',
  HalfOpen: 'breaker.half-opened',
  Closed: 'breaker.closed',
};
