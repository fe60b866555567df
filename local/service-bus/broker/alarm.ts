import type { Clock } from '../../../src/time/clock.js';

const longestTimerMs = 2 ** 31 - 1;

interface AlarmParts {
  readonly startTimer: Clock['startTimer'];
  readonly nowMs: () => number;
  /** Does what is due and answers when something will be due next. */
  readonly onDue: (nowMs: number) => number | undefined;
}

/** One timer that wakes no later than the earliest deadline it was told of; waking too early is harmless. */
export class Alarm {
  readonly #parts: AlarmParts;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(parts: AlarmParts) {
    this.#parts = parts;
  }

  wakeBy(deadlineMs: number): void {
    if (deadlineMs >= this.#wakesAtMs) return;
    this.stop();
    this.#wakesAtMs = deadlineMs;
    const delayMs = Math.min(Math.max(Math.ceil(deadlineMs - this.#parts.nowMs()), 1), longestTimerMs);
    this.#cancel = this.#parts.startTimer(delayMs, () => this.#wake());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    this.stop();
    const nextMs = this.#parts.onDue(this.#parts.nowMs());
    if (nextMs !== undefined) this.wakeBy(nextMs);
  }
}
