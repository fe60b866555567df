import { AsyncResource } from 'node:async_hooks';
import { type Clock, longestTimerMs } from '../time/clock.js';
import type { CallResult } from './call-errors.js';
import type { Stay } from './circuit-state.js';

const withoutDestroy = { requireManualDestroy: true };

/** A call of any value: what ends without one needs to know no more. */
export type AnyCall<E> = RunningCall<never, E>;

/**
 * One call on its way: the stay it began in and who waits for it. As an `AsyncResource` it remembers the async context of its
 * caller, for what happens at its deadline, whose timer serves many calls: `AsyncLocalStorage.snapshot` would take many times as long.
 */
export class RunningCall<R, E> extends AsyncResource {
  // Declared only, so that none is written twice at every call.
  /** Present until the call ends. */
  declare resolve: ((result: CallResult<R, E>) => void) | undefined;
  declare readonly stay: Stay;
  declare readonly startMs: number;
  /** Its deadline; `Infinity` for none. */
  declare readonly atMs: number;
  declare readonly timeoutMs: number;
  /** Its caller gave it less time than is fair. */
  declare readonly impatient: boolean;
  declare readonly controller: AbortController;
  /** Takes the breaker's listener off the caller's signal. */
  declare stopListening: (() => void) | undefined;

  /** One by one, for an object of them would be made at every call. */
  constructor(stay: Stay, startMs: number, timeoutMs: number, impatient: boolean) {
    super('circuit-breaker-call', withoutDestroy);
    this.resolve = undefined;
    this.stay = stay;
    this.startMs = startMs;
    this.atMs = startMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.impatient = impatient;
    this.controller = new AbortController();
    this.stopListening = undefined;
  }

  get isOver(): boolean {
    return this.resolve === undefined;
  }
}

const noTimer = (): void => {};

/** So many that have ended are left among the others, so that a few calls side by side never make the line anew. */
const fewEnded = 32;

/** A timer that fires no later than this is in time. */
const timelyMs = 1;

/**
 * The deadlines of all running calls in a line, the earliest first, of equal ones the oldest call first, and one timer for the
 * earliest. When the timer is in time, what is due ends. When it is late, the event loop was held up: what is due then ends with the
 * next look, a turn later, so that an answer that had arrived before has been read by then. Calls that end otherwise stay in the line
 * until most of it are such: taking each out at once would cost as much as the rest of its end.
 */
export class Deadlines<C extends Pick<AnyCall<never>, 'atMs' | 'isOver'>> {
  readonly #clock: Clock;
  readonly #owner: { expire(call: C): void };
  #line: C[] = [];
  /** The place of the first that may be running. */
  #head = 0;
  #ended = 0;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #cancelTimer = noTimer;
  #lookedMs = Number.NEGATIVE_INFINITY;

  /** The owner ends a call whose time has come, and takes it off the deadlines. */
  constructor(clock: Clock, owner: { expire(call: C): void }) {
    this.#clock = clock;
    this.#owner = owner;
  }

  /** The first deadline to come, `Infinity` when there is none. */
  get earliestMs(): number {
    return this.#first?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(call: C, nowMs: number): void {
    const line = this.#line;
    // Not of an empty line: a place before the first is looked up slowly.
    const last = line.length === 0 ? undefined : line[line.length - 1];
    if (last === undefined || last.atMs <= call.atMs) line.push(call);
    else line.splice(this.#placeOf(call.atMs), 0, call);
    if (call.atMs < this.#timerDueMs) this.#lookBy(call.atMs, nowMs);
  }

  /** Only for a call that has been added, is over and has not been removed. */
  remove(call: C): void {
    const line = this.#line;
    if (line[line.length - 1] === call) line.pop();
    else this.#ended += 1;
    if (this.#ended === 0 || (this.#ended < line.length && this.#ended <= fewEnded + line.length / 2)) return;
    this.#line = line.filter(({ isOver }) => !isOver);
    this.#head = 0;
    this.#ended = 0;
  }

  /** Behind all that are due no later. */
  #placeOf(atMs: number): number {
    let [place, end] = [this.#head, this.#line.length];
    while (place < end) {
      const middle = (place + end) >> 1;
      if ((this.#line[middle]?.atMs ?? atMs) <= atMs) place = middle + 1;
      else end = middle;
    }
    return place;
  }

  get #first(): C | undefined {
    while (this.#line[this.#head]?.isOver === true) this.#head += 1;
    return this.#line[this.#head];
  }

  #lookBy(atMs: number, nowMs: number): void {
    this.#cancelTimer();
    this.#timerDueMs = atMs;
    // A deadline beyond the longest delay is looked at on the way.
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
