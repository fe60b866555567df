import type { Clock } from './clock.js';

/** What can be given a deadline. */
export interface Expiring<C> {
  readonly timeoutMs: number;
  readonly ended: boolean;
  /** Present once the deadline is in the list. */
  deadline: Deadline<C> | undefined;
}

/** A place in the sorted list of deadlines. */
export class Deadline<C> {
  readonly atMs: number;
  readonly call: C | undefined;
  previous: Deadline<C> = this;
  next: Deadline<C> = this;

  constructor(atMs: number, call: C | undefined) {
    this.atMs = atMs;
    this.call = call;
  }
}

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** A timer that comes later than this was kept waiting by a blocked event loop. */
const punctualMs = 1;

/**
 * The deadlines of all running calls on one timer. The list is a sorted ring: with equal timeouts each new deadline is the
 * last one, so that adding and removing cost the same however many calls run. A shorter one walks past those that end later.
 */
export class Deadlines<C extends Expiring<C>> {
  readonly #clock: Clock;
  readonly #onExpired: (call: C) => void;
  readonly #ring = new Deadline<C>(Number.NEGATIVE_INFINITY, undefined);
  #undated: C[] = [];
  #datesSoon = false;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = (): void => {};
  #secondLookMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, onExpired: (call: C) => void) {
    this.#clock = clock;
    this.#onExpired = onExpired;
  }

  /** The first deadline to come, or `undefined` when nothing waits for one. */
  get earliestMs(): number | undefined {
    return this.#ring.next === this.#ring ? undefined : this.#ring.next.atMs;
  }

  /** Counts the call's deadline from `nowMs`, and those of the calls that were added without a time before. */
  add(call: C, nowMs: number): void {
    if (this.#undated.length > 0) this.#dateAll(nowMs);
    this.#insert(call, nowMs);
  }

  /**
   * Counts the call's deadline from the next look at the clock: with the next `add`, at the latest when the event loop
   * turns, before which no timer could fire anyway.
   */
  addUndated(call: C): void {
    this.#undated.push(call);
    if (!this.#datesSoon) this.#dateSoon();
  }

  /** The timer is left alone: when it finds nothing due, it waits for the next deadline, or for nothing. */
  remove({ previous, next }: Deadline<C>): void {
    previous.next = next;
    next.previous = previous;
  }

  #dateSoon(): void {
    this.#datesSoon = true;
    this.#clock.startTimer(0, () => {
      this.#datesSoon = false;
      this.#dateAll(this.#clock.monotonicMs());
    });
  }

  #dateAll(nowMs: number): void {
    const calls = this.#undated;
    this.#undated = [];
    for (const call of calls) if (!call.ended) this.#insert(call, nowMs);
  }

  #insert(call: C, nowMs: number): void {
    const atMs = nowMs + call.timeoutMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const deadline = new Deadline(atMs, call);
    let before = this.#ring.previous;
    while (before.atMs > atMs) before = before.previous;
    deadline.previous = before;
    deadline.next = before.next;
    before.next.previous = deadline;
    before.next = deadline;
    call.deadline = deadline;
    if (atMs < this.#timerDueMs) this.#startTimer(atMs, nowMs);
  }

  #startTimer(dueMs: number, nowMs: number): void {
    this.#cancelTimer();
    this.#timerDueMs = dueMs;
    const delayMs = Math.min(longestTimerMs, Math.max(0, Math.ceil(dueMs - nowMs)));
    this.#cancelTimer = this.#clock.startTimer(delayMs, () => this.#look());
  }

  #look(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = () => {};
    const nowMs = this.#clock.monotonicMs();
    this.#expireDue(nowMs);
    const nextMs = this.earliestMs;
    if (nextMs === undefined) return;
    if (nextMs <= nowMs) this.#secondLookMs = nowMs;
    this.#startTimer(nextMs, nowMs);
  }

  /** A deadline found late waits for a second look, so that an answer that has already arrived can be read before. */
  #expireDue(nowMs: number): void {
    for (let first = this.#ring.next; first.atMs <= nowMs && first.call !== undefined; first = this.#ring.next) {
      const late = nowMs - first.atMs > punctualMs;
      if (late && first.atMs > this.#secondLookMs) return;
      this.remove(first);
      this.#onExpired(first.call);
    }
  }
}
