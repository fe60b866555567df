import type { Clock } from '../circuit-breaker/clock.js';

/**
 * Which part of the reply budget a stage may take of what is left when it starts. What archive and route leave is for the
 * outbox, so that what they could not do is still written down before the reply.
 */
const shares = { secrets: 0.4, sources: 0.1, archive: 0.5, route: 0.75, outbox: 0.7, backlog: 0.9 } as const;

export type BudgetStage = keyof typeof shares;

/** The time one request has in all, dealt out to its stages so that no dependency eats the time of the next. */
export interface RequestBudget {
  /** Milliseconds that `stage` may take from now; never below 1. */
  shareMs(stage: BudgetStage): number;
  elapsedMs(): number;
}

/** Starts the clock on a budget of `totalMs`: what the provider waits for, less a margin. */
export const startRequestBudget = (clock: Clock, totalMs: number): RequestBudget => {
  const startedMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - startedMs;
  return {
    elapsedMs,
    shareMs: (stage) => Math.max(1, Math.floor((totalMs - elapsedMs()) * shares[stage])),
  };
};
