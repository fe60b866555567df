import type { Clock } from '../time/clock.js';

/** What can be given a deadline. */
export interface Expiring {
  /** `Infinity` for none. */
  readonly atMs: number;
  /** When it came among the others, and its place in the heap; kept by `Deadlines`. */
  order: number;
  place: number;
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

/** Of calls that are due at once, the one that has waited longest comes first. */
const isBefore = (one: Expiring, other: Expiring): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/**
 * The deadlines of all running calls in a heap, and one timer for the earliest. When the timer is in time, what is due ends. When it
 * is late, the event loop was held up: what is due then ends with the next look, a turn later, so that an answer that had arrived
 * before has been read by then.
 */
export class Deadlines<C extends Expiring> {
  readonly #clock: Clock;
  readonly #owner: DeadlineOwner<C>;
  #heap: C[] = [];
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
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(call: C, nowMs: number): void {
    call.order = this.#added;
    this.#added += 1;
    this.#rise(call, this.#heap.push(call) - 1);
    this.#lookBy(call.atMs, nowMs);
  }

  /** Only for a call that has been added and not yet removed. */
  remove(call: C): void {
    const last = this.#heap.pop();
    if (last === undefined || last === call) return;
    const { place } = call;
    this.#rise(last, place);
    if (last.place === place) this.#sink(last, place);
  }

  #rise(call: C, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isBefore(call, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = call;
    call.place = place;
  }

  #sink(call: C, from: number): void {
    const heap = this.#heap;
    let place = from;
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
      child.place = place;
      place = below;
    }
    heap[place] = call;
    call.place = place;
  }

  #lookBy(atMs: number, nowMs: number): void {
    if (atMs >= this.#timerDueMs) return;
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
    for (let [call] = this.#heap; call !== undefined && call.atMs <= dueMs; [call] = this.#heap)
      this.#owner.expire(call);
    // A list that was made long for many calls is slower to add young calls to, and holds memory.
    if (this.#heap.length === 0) this.#heap = [];
    this.#lookBy(this.earliestMs, nowMs);
  }
}
