import type { Clock } from '../time/clock.js';

/**
 * Which part of the reply budget a stage may take of what is left when it starts. What archive and route leave is for the
 * outbox, so that what they could not do is still written down before the reply.
 */
const shares = {
  secrets: 0.4,
  sources: 0.1,
  archive: 0.5,
  route: 0.75,
  outbox: 0.7,
  backlog: 0.9,
  lastResort: 0.95,
} as const;

/** After so long without an answer the last resort begins beside the ordinary way; sooner where there is less time. */
const hedge = { afterMs: 1_500, share: 0.3 } as const;

export type BudgetStage = keyof typeof shares;

/** Less than this is no time to ask a dependency in: the call is not made. */
export const leastCallMs = 50;

/** What each dependency gets, in milliseconds, of an event whose request has used up nothing of its budget yet. */
export const fullSharesMs = (totalMs: number): Readonly<Record<'archive' | 'route' | 'secrets', number>> => ({
  archive: totalMs * shares.archive,
  route: totalMs * shares.route,
  secrets: totalMs * shares.secrets,
});

/** The host reads a body and parses it as JSON before the app is asked: 23 MB of a sender's own take it 5 s (docs/real-host.md). */
const hostMsPerMb = 220;
/** The margin between what a sender waits for and its budget has room for so much. */
const mbWithinMargin = 1;
/** An estimate that leaves less than this share of a budget gives the stores too little to try anything in. */
const leastShareLeft = 1 / 3;

/** What is left of a budget when the app gets to see a body of so many bytes: the sender waits since before the host read it. */
export const budgetAfterHostMs = (totalMs: number, bodyBytes: number): number => {
  const hostMs = Math.max(0, bodyBytes / 2 ** 20 - mbWithinMargin) * hostMsPerMb;
  return Math.floor(Math.max(totalMs * leastShareLeft, totalMs - hostMs));
};

/** The time one request has in all, dealt out to its stages so that no dependency eats the time of the next. */
export interface RequestBudget {
  /** Milliseconds that `stage` may take from now; 0 when what is left makes no sense for a call. */
  shareMs(stage: BudgetStage): number;
  elapsedMs(): number;
  /** For so long the ordinary way is waited for alone. */
  hedgeMs(): number;
}

/** Starts the clock on a budget of `totalMs`: what the provider waits for, less a margin. */
export const startRequestBudget = (clock: Clock, totalMs: number): RequestBudget => {
  const startedMs = clock.monotonicMs();
  const elapsedMs = (): number => clock.monotonicMs() - startedMs;
  return {
    elapsedMs,
    hedgeMs: () => Math.max(1, Math.min(hedge.afterMs, Math.floor((totalMs - elapsedMs()) * hedge.share))),
    shareMs: (stage) => {
      const shareMs = Math.floor((totalMs - elapsedMs()) * shares[stage]);
      return shareMs < leastCallMs ? 0 : shareMs;
    },
  };
};
