import type { Clock } from '../time/clock.js';

/** What can be given a deadline. */
export interface Expiring {
  /** `Infinity` for none. */
  readonly atMs: number;
  /** When it came among the others, and whether it has ended; kept by `Deadlines`. */
  order: number;
  isOver: boolean;
}

/** Ends a call whose time has come, and takes it off the deadlines. */
export interface DeadlineOwner<C> {
  expire(call: C): void;
}

const noTimer = (): void => {};

/** The longest delay a timer takes; a deadline beyond it is looked at on the way. */
const longestTimerMs = 2 ** 31 - 1;

/** So many that have ended are left in the heap among others, so that a few calls side by side never make it anew. */
const fewEnded = 32;

/** A timer that fires no later than this is in time. */
const timelyMs = 1;

/** Of calls that are due at once, the one that has waited longest comes first. */
const isBefore = (one: Expiring, other: Expiring): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/**
 * The deadlines of all running calls in a heap, and one timer for the earliest. When the timer is in time, what is due ends. When it
 * is late, the event loop was held up: what is due then ends with the next look, a turn later, so that an answer that had arrived
 * before has been read by then. Calls that end otherwise stay in the heap until they are the first or most are such: taking
 * each out at once would cost as much as the rest of its end.
 */
export class Deadlines<C extends Expiring> {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner<C>;
  readonly #heap: C[] = [];
  #ended = 0;
  #added = 0;
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

  add(call: C, nowMs: number): void {
    call.order = this.#added;
    this.#added += 1;
    this.#rise(call, this.#heap.length);
    if (call.atMs < this.#timerDueMs) this.#lookBy(call.atMs, nowMs);
  }

  /** Only for a call that has been added and not yet removed. */
  remove(call: C): void {
    const heap = this.#heap;
    if (heap[heap.length - 1] === call) heap.pop();
    else {
      call.isOver = true;
      this.#ended += 1;
    }
    const isEmpty = this.#ended === heap.length;
    if (this.#ended > 0 && (isEmpty || this.#ended > fewEnded + heap.length / 2)) this.#dropEnded();
  }

  #dropEnded(): void {
    const heap = this.#heap;
    let kept = 0;
    for (const call of heap) {
      if (call.isOver) continue;
      this.#rise(call, kept);
      kept += 1;
    }
    heap.length = kept;
    this.#ended = 0;
  }

  get #first(): C | undefined {
    const heap = this.#heap;
    while (heap[0]?.isOver === true) {
      const last = heap.pop();
      if (last !== undefined && heap.length > 0) this.#sink(last);
      this.#ended -= 1;
    }
    return heap[0];
  }

  #rise(call: C, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(call, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = call;
  }

  /** From the top. */
  #sink(call: C): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const right = heap[below + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        below += 1;
      }
      if (!isBefore(child, call)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = call;
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
