import type { Clock } from '../time/clock.js';
import { Deadline } from './deadline.js';

/** What can be given a deadline. */
export interface Expiring {
  readonly deadline: Deadline;
  /** Its place among all that run; kept by `Deadlines`. */
  place: number;
}

/** Ends a call whose time has come. It may have ended already. */
export interface DeadlineOwner<C> {
  expire(call: C): void;
}

const noTimer = (): void => {};

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** Of calls that are due at once, the one that has waited longest comes first. */
const inOrder = ({ deadline: one }: Expiring, { deadline: other }: Expiring): number =>
  one.atMs - other.atMs || other.timeoutMs - one.timeoutMs;

/**
 * All running calls, in no order, and one timer for the earliest of their deadlines: adding and removing cost the same
 * however many run, and only the timer looks through all of them. A call that is due ends when the timer looks at it a
 * second time, a turn of the event loop later: an answer that had arrived before the first look has been read by then.
 */
export class Deadlines<C extends Expiring> {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner<C>;
  #running: C[] = [];
  #usualTimeoutMs: number;
  #ofThisTurn: Deadline | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = noTimer;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, owner: DeadlineOwner<C>, usualTimeoutMs: number) {
    this.#clock = clock;
    this.#owner = owner;
    this.#usualTimeoutMs = usualTimeoutMs;
  }

  /** For calls that begin from now on; those that run keep theirs. */
  set usualTimeoutMs(timeoutMs: number) {
    this.#usualTimeoutMs = timeoutMs;
    this.#ofThisTurn = undefined;
  }

  /** The first deadline to come, `Infinity` when none is known. */
  get earliestMs(): number {
    return this.#running.reduce((earliestMs, { deadline }) => Math.min(earliestMs, deadline.atMs), Infinity);
  }

  /** The deadline of one call that began at `nowMs`. */
  after(nowMs: number, timeoutMs: number): Deadline {
    const deadline = new Deadline(nowMs + timeoutMs, timeoutMs);
    this.#lookBy(deadline.atMs, nowMs);
    return deadline;
  }

  /**
   * The deadline, with the usual timeout, of all calls that begin in this turn of the event loop and have no time of their
   * own. It is counted from the end of the turn, before which no timer could fire anyway.
   */
  ofThisTurn(): Deadline {
    this.#ofThisTurn ??= this.#afterThisTurn(this.#usualTimeoutMs);
    return this.#ofThisTurn;
  }

  add(call: C): void {
    call.place = this.#running.push(call) - 1;
  }

  /** Only for a call that has been added and not yet removed. */
  remove(call: C): void {
    const running = this.#running;
    const last = running.pop() ?? call;
    if (last === call) return;
    running[call.place] = last;
    last.place = call.place;
  }

  #afterThisTurn(timeoutMs: number): Deadline {
    const deadline = new Deadline(Number.POSITIVE_INFINITY, timeoutMs);
    if (timeoutMs === Number.POSITIVE_INFINITY) return deadline;
    this.#clock.startTimer(0, () => {
      const nowMs = this.#clock.monotonicMs();
      this.#ofThisTurn = undefined;
      deadline.atMs = nowMs + timeoutMs;
      this.#goOn(deadline.atMs, nowMs);
    });
    return deadline;
  }

  #lookBy(atMs: number, nowMs: number): void {
    if (atMs >= this.#timerDueMs) return;
    this.#cancelTimer();
    this.#timerDueMs = atMs;
    const delayMs = Math.min(longestTimerMs, Math.max(0, Math.ceil(atMs - nowMs)));
    this.#cancelTimer = this.#clock.startTimer(delayMs, () => this.#look());
  }

  #look(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = noTimer;
    const due = this.#running.filter(({ deadline }) => deadline.atMs <= this.#lookedMs).sort(inOrder);
    this.#lookedMs = this.#clock.monotonicMs();
    for (const call of due) this.#owner.expire(call);
    this.#goOn(this.earliestMs, this.#lookedMs);
  }

  /** A new list when none runs: the old one may have been made long for many calls, and is slower to add young calls to. */
  #goOn(atMs: number, nowMs: number): void {
    if (this.#running.length === 0) this.#running = [];
    else this.#lookBy(atMs, nowMs);
  }
}
