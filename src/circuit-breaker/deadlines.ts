import type { Clock } from './clock.js';

/** What can be given a deadline. */
export interface Expiring<C> {
  readonly ended: boolean;
  /** Present once the deadline is in the list. */
  deadline: Deadline<C> | undefined;
}

/** Ends a call whose time has come. */
export interface DeadlineOwner<C> {
  expire(call: C, timeoutMs: number): void;
}

/** A place in the sorted list of deadlines. */
export class Deadline<C> {
  readonly atMs: number;
  readonly timeoutMs: number;
  readonly call: C;
  previous: Deadline<C> | undefined = undefined;
  next: Deadline<C> | undefined = undefined;

  constructor(atMs: number, timeoutMs: number, call: C) {
    this.atMs = atMs;
    this.timeoutMs = timeoutMs;
    this.call = call;
  }
}

const noTimer = (): void => {};

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** A timer that comes later than this was kept waiting by a blocked event loop. */
const punctualMs = 1;

/**
 * The deadlines of all running calls on one timer. The list is sorted: with equal timeouts each new deadline is the last
 * one, so that adding and removing cost the same however many calls run. A shorter one walks past those that end later.
 */
export class Deadlines<C extends Expiring<C>> {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner<C>;
  #first: Deadline<C> | undefined;
  #last: Deadline<C> | undefined;
  #usualTimeoutMs: number;
  #undated: C[] = [];
  #datesSoon = false;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = noTimer;
  #secondLookMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, owner: DeadlineOwner<C>, usualTimeoutMs: number) {
    this.#clock = clock;
    this.#owner = owner;
    this.#usualTimeoutMs = usualTimeoutMs;
  }

  /** The first deadline to come, or `undefined` when nothing waits for one. */
  get earliestMs(): number | undefined {
    return this.#first?.atMs;
  }

  /** For calls added from now on; what was added before keeps its own. */
  set usualTimeoutMs(timeoutMs: number) {
    this.#dateAll(this.#clock.monotonicMs());
    this.#usualTimeoutMs = timeoutMs;
  }

  /** Counts the call's deadline from `nowMs`, and those of the calls that were added without a time before. */
  add(call: C, nowMs: number, timeoutMs: number): void {
    this.#dateAll(nowMs);
    this.#insert(call, nowMs, timeoutMs);
  }

  /**
   * Counts the call's usual deadline from the next look at the clock: with the next `add`, at the latest when the event
   * loop turns, before which no timer could fire anyway.
   */
  addUndated(call: C): void {
    if (this.#usualTimeoutMs === Number.POSITIVE_INFINITY) return;
    this.#undated.push(call);
    if (!this.#datesSoon) this.#dateSoon();
  }

  /** The timer is left alone: when it finds nothing due, it waits for the next deadline, or for nothing. */
  remove(call: C): void {
    const { deadline } = call;
    if (deadline === undefined) this.#forget(call);
    else this.#unlink(call, deadline);
  }

  /** Only the latest is looked for: the others are passed over when they are to be dated. */
  #forget(call: C): void {
    const undated = this.#undated;
    if (undated.length > 0 && undated[undated.length - 1] === call) undated.pop();
  }

  #unlink(call: C, { previous, next }: Deadline<C>): void {
    call.deadline = undefined;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
  }

  #dateSoon(): void {
    this.#datesSoon = true;
    this.#clock.startTimer(0, () => {
      this.#datesSoon = false;
      this.#dateAll(this.#clock.monotonicMs());
    });
  }

  #dateAll(nowMs: number): void {
    if (this.#undated.length === 0) return;
    const calls = this.#undated;
    this.#undated = [];
    for (const call of calls) if (!call.ended) this.#insert(call, nowMs, this.#usualTimeoutMs);
  }

  #insert(call: C, nowMs: number, timeoutMs: number): void {
    const atMs = nowMs + timeoutMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const deadline = new Deadline(atMs, timeoutMs, call);
    let before = this.#last;
    while (before !== undefined && before.atMs > atMs) before = before.previous;
    deadline.previous = before;
    deadline.next = before === undefined ? this.#first : before.next;
    if (before === undefined) this.#first = deadline;
    else before.next = deadline;
    if (deadline.next === undefined) this.#last = deadline;
    else deadline.next.previous = deadline;
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
    this.#cancelTimer = noTimer;
    const nowMs = this.#clock.monotonicMs();
    this.#expireDue(nowMs);
    const nextMs = this.earliestMs;
    if (nextMs === undefined) return;
    if (nextMs <= nowMs) this.#secondLookMs = nowMs;
    this.#startTimer(nextMs, nowMs);
  }

  /** A deadline found late waits for a second look, so that an answer that has already arrived can be read before. */
  #expireDue(nowMs: number): void {
    for (let first = this.#first; first !== undefined && first.atMs <= nowMs; first = this.#first) {
      const late = nowMs - first.atMs > punctualMs;
      if (late && first.atMs > this.#secondLookMs) return;
      this.remove(first.call);
      this.#owner.expire(first.call, first.timeoutMs);
    }
  }
}
