import type { Clock } from '../../src/time/clock.js';

interface ManualTimer {
  readonly dueMs: number;
  readonly onElapsed: () => void;
}

/**
 * Time that moves only when told to. `advance` fires every timer that falls due on the way, in the order of their due
 * times and at those times; timers of one instant fire in the order they were started.
 */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #startedAtEpochMs: number;
  readonly #timers = new Set<ManualTimer>();

  constructor(startedAt = '2026-01-01T00:00:00.000Z') {
    this.#startedAtEpochMs = Date.parse(startedAt);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#startedAtEpochMs + this.#nowMs;
  }

  startTimer(delayMs: number, onElapsed: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), onElapsed };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** How many timers are neither fired nor cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Moves time on by `ms`, firing what falls due; a timer started on the way fires too when its time comes. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let timer = this.#nextDueBy(untilMs); timer !== undefined; timer = this.#nextDueBy(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      this.#timers.delete(timer);
      timer.onElapsed();
    }
    this.#nowMs = untilMs;
  }

  /** Moves time on as a blocked event loop does: nothing fires until the next `advance`, which fires it late. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  #nextDueBy(untilMs: number): ManualTimer | undefined {
    let next: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }
}
