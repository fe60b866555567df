import type { Clock } from './clock.js';

/** Something that ends at a given monotonic time unless it is removed before. A node of the list that `Deadlines` keeps. */
export class Deadline {
  readonly deadlineMs: number;
  previous: Deadline = this;
  next: Deadline = this;

  constructor(deadlineMs: number) {
    this.deadlineMs = deadlineMs;
  }

  /** Called once when the time has come. */
  expire(): void {}
}

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** A timer that comes later than this was kept waiting by a blocked event loop. */
const punctualMs = 1;

/**
 * The deadlines of all running calls on one timer. The list is sorted: with equal timeouts each new deadline is the last
 * one, so that adding and removing cost the same however many calls run. A shorter one walks past those that end later.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #ring = new Deadline(Number.NEGATIVE_INFINITY);
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = (): void => {};
  #secondLookMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The first deadline to come, or `undefined` when nothing waits for one. */
  get earliestMs(): number | undefined {
    return this.#ring.next === this.#ring ? undefined : this.#ring.next.deadlineMs;
  }

  add(deadline: Deadline, nowMs: number): void {
    let before = this.#ring.previous;
    while (before.deadlineMs > deadline.deadlineMs) before = before.previous;
    deadline.previous = before;
    deadline.next = before.next;
    before.next.previous = deadline;
    before.next = deadline;
    if (deadline.deadlineMs < this.#timerDueMs) this.#startTimer(deadline.deadlineMs, nowMs);
  }

  /** The timer is left alone: when it finds nothing due, it waits for the next deadline, or for nothing. */
  remove(deadline: Deadline): void {
    deadline.previous.next = deadline.next;
    deadline.next.previous = deadline.previous;
    deadline.previous = deadline;
    deadline.next = deadline;
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
    for (let first = this.#ring.next; first !== this.#ring && first.deadlineMs <= nowMs; first = this.#ring.next) {
      const late = nowMs - first.deadlineMs > punctualMs;
      if (late && first.deadlineMs > this.#secondLookMs) return;
      this.remove(first);
      first.expire();
    }
  }
}
