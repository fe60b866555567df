import type { Clock } from '../time/clock.js';

/** What can be given a deadline: a link of the list that `Deadlines` keeps. */
export interface Expiring<C> {
  /** `Infinity` for none. */
  readonly atMs: number;
  /** Its neighbours, of which `Deadlines` takes care. */
  earlier: C | undefined;
  later: C | undefined;
}

/** Ends a call whose time has come, and takes it off the deadlines. */
export interface DeadlineOwner<C> {
  expire(call: C): void;
}

const noTimer = (): void => {};

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** A timer that fires no later than this is in time. */
const timelyMs = 1;

/**
 * The deadlines of all running calls in their order, and one timer for the earliest. When the timer is in time, what is due ends. When
 * it is late, the event loop was held up: what is due then ends with the next look, a turn later, so that an answer that had arrived
 * before has been read by then. A new deadline looks for its place from the end: most calls have the same timeout, and are the last.
 */
export class Deadlines<C extends Expiring<C>> {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner<C>;
  #first: C | undefined;
  #last: C | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = noTimer;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, owner: DeadlineOwner<C>) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** The first deadline to come, `Infinity` when there is none. */
  get earliestMs(): number {
    return this.#first?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** Of calls that are due at once, the one that has waited longest comes first. */
  add(call: C, nowMs: number): void {
    let earlier = this.#last;
    while (earlier !== undefined && earlier.atMs > call.atMs) earlier = earlier.earlier;
    const later = earlier === undefined ? this.#first : earlier.later;
    this.#join(earlier, call);
    this.#join(call, later);
    if (call.atMs < this.#timerDueMs) this.#lookBy(call.atMs, nowMs);
  }

  /** Only for a call that has been added and not yet removed. */
  remove(call: C): void {
    this.#join(call.earlier, call.later);
    // An operation that never answers keeps its call, and would keep all that came after it.
    call.earlier = undefined;
    call.later = undefined;
  }

  /** Makes two calls neighbours; beside `undefined` is an end of the list. */
  #join(earlier: C | undefined, later: C | undefined): void {
    if (earlier === undefined) this.#first = later;
    else earlier.later = later;
    if (later === undefined) this.#last = earlier;
    else later.earlier = earlier;
  }

  #lookBy(atMs: number, nowMs: number): void {
    this.#cancelTimer();
    this.#timerDueMs = atMs;
    const delayMs = Math.min(longestTimerMs, Math.max(0, Math.ceil(atMs - nowMs)));
    this.#cancelTimer = this.#clock.startTimer(delayMs, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    const isLate = nowMs - this.#timerDueMs > timelyMs;
    const dueMs = isLate ? this.#lookedMs : nowMs;
    this.#lookedMs = nowMs;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = noTimer;
    for (let call = this.#first; call !== undefined && call.atMs <= dueMs; call = this.#first) this.#owner.expire(call);
    if (this.earliestMs < this.#timerDueMs) this.#lookBy(this.earliestMs, nowMs);
  }
}
