import { ResponseTimes } from '../circuit-breaker/call-ledger.js';
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

/** The total time of one request, divided among its stages so that no dependency uses up the time of the next. */
export interface RequestBudget {
  /** Milliseconds that `stage` may take from now; 0 when too little is left for a call. */
  shareMs(stage: BudgetStage): number;
  elapsedMs(): number;
  /** How long only the ordinary way is tried. */
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

/** All in milliseconds. */
const limits = {
  /** While too few answers are known, and the most there is. */
  most: 1_500,
  /** Less would take a busy machine for a dependency that hangs. */
  least: 250,
  /** While nobody is answered: what an answer takes that comes all the same. */
  whileSilent: { least: 20, most: 100 },
  /** A timer so late was held up by this process: answers may lie unread. */
  late: 50,
} as const;

/** An answer that takes so many times what nine of ten take is overdue. */
const timesUsual = 4;
const fewAnswers = 8;
/** How often the usual time is worked out again; at first whenever twice as many are known. */
const everyAnswers = 64;
const isPowerOfTwo = (count: number): boolean => (count & (count - 1)) === 0;

interface Waiting {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly goOn: () => void;
  cancelTimer: () => void;
}

/**
 * How long the answer of one dependency is waited for before something else is tried beside it: for several times what its last
 * answers took, 250 ms to 1.5 s. When one is overdue and nobody was answered since, the dependency is taken to hang:
 * who waits goes on, and who comes waits hardly at all, until it answers somebody. So few events are in flight without a copy at any time,
 * and one that is slow, but answers, is not called twice for each event. Only a call that is under way can be overdue: what an event waits for
 * before its call begins, such as a look at what its session is owed, is not the dependency's time.
 */
export class Patience {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'startTimer'>;
  readonly #times = new ResponseTimes();
  readonly #waiting = new Set<Waiting>();
  /** When each call began that is under way, the oldest first. */
  readonly #calls = new Set<{ readonly beganMs: number }>();
  #answers = 0;
  #usualMs = Number.POSITIVE_INFINITY;
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #isSilent = false;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'startTimer'>) {
    this.#clock = clock;
  }

  /** An answer is overdue, and none has come to anybody since. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** How long an answer is waited for that is asked for now. */
  get waitMs(): number {
    const { least, most, whileSilent } = limits;
    if (this.#isSilent) return Math.max(whileSilent.least, Math.min(whileSilent.most, this.#usualMs));
    return Math.max(least, Math.min(most, this.#usualMs * timesUsual));
  }

  /** Learns from the answer to a call of the dependency that begins now, before anybody else is answered. Returns the call. */
  watch<T>(call: Promise<T>): Promise<T> {
    const begun = { beganMs: this.#clock.monotonicMs() };
    this.#calls.add(begun);
    call.then(
      () => {
        this.#calls.delete(begun);
        this.#answered(begun.beganMs);
      },
      () => this.#calls.delete(begun),
    );
    return call;
  }

  /** Resolves when `work` has, or when its answer is overdue; after `mostMs` at the latest. */
  wait(work: Promise<unknown>, mostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sinceMs = this.#clock.monotonicMs();
    const waiting: Waiting = { sinceMs, untilMs: sinceMs + mostMs, goOn: resolve, cancelTimer: () => {} };
    this.#waiting.add(waiting);
    this.#waitOn(waiting, sinceMs, this.waitMs);
    void work.then(() => this.#leave(waiting));
    return promise;
  }

  #leave(waiting: Waiting): void {
    waiting.cancelTimer();
    this.#waiting.delete(waiting);
    waiting.goOn();
  }

  #waitOn(waiting: Waiting, startedMs: number, usualMs: number): void {
    const delayMs = Math.max(0, Math.min(waiting.untilMs - startedMs, usualMs));
    // Of a caller that has less time, its end says nothing about the dependency.
    const end = (): void => (delayMs < usualMs ? this.#leave(waiting) : this.#timeIsUp(waiting));
    waiting.cancelTimer = this.#clock.startTimer(delayMs, () => {
      const lateMs = this.#clock.monotonicMs() - startedMs - delayMs;
      if (lateMs >= limits.late) waiting.cancelTimer = this.#clock.startTimer(limits.late, end);
      else end();
    });
  }

  #timeIsUp(waiting: Waiting): void {
    const moreMs = this.#waitForOldestMs();
    if (moreMs > 0) this.#waitOn(waiting, this.#clock.monotonicMs(), moreMs);
    else this.#overdue(waiting);
  }

  /** Until the oldest call under way is overdue; the whole wait while there is none. */
  #waitForOldestMs(): number {
    const [oldest] = this.#calls;
    return this.waitMs - (oldest === undefined ? 0 : this.#clock.monotonicMs() - oldest.beganMs);
  }

  #answered(beganMs: number): void {
    this.#lastAnswerMs = this.#clock.monotonicMs();
    this.#isSilent = false;
    this.#times.record(this.#lastAnswerMs - beganMs);
    this.#answers += 1;
    const isDue = this.#answers % everyAnswers === 0 || isPowerOfTwo(this.#answers);
    if (this.#answers >= fewAnswers && isDue) {
      this.#usualMs = this.#times.p90;
    }
  }

  #overdue(waiting: Waiting): void {
    this.#leave(waiting);
    if (this.#lastAnswerMs > waiting.sinceMs) return;
    this.#isSilent = true;
    for (const other of [...this.#waiting]) this.#leave(other);
  }
}

/** One for each store that may keep an event. */
export interface Patiences {
  readonly storage: Patience;
  readonly serviceBus: Patience;
}
