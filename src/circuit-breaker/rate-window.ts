/**
 * The present run of consecutive failures: when each of them happened, oldest first. A failure leaves the run once its age
 * reaches the window; age exactly `windowMs` is out.
 */
export class FailureRun {
  readonly #atMs: number[] = [];

  /** Adds a failure and answers how many of the run are still younger than the window. */
  add(nowMs: number, windowMs: number): number {
    const atMs = this.#atMs;
    while (nowMs - (atMs[0] ?? nowMs) >= windowMs) atMs.shift();
    return atMs.push(nowMs);
  }

  /** How old each failure in the window is, oldest first; changes nothing. */
  agesMs(nowMs: number, windowMs: number): readonly number[] {
    return this.#atMs.map((atMs) => nowMs - atMs).filter((ageMs) => ageMs < windowMs);
  }
}

/** Completed calls that a window holds: all of them, and how many of them failed or were slow. */
export interface RateTotals {
  readonly calls: number;
  readonly failed: number;
  readonly slow: number;
}

/** The latest completed calls, by count or by time, in bounded memory. */
export interface RateWindow {
  add(nowMs: number, windowMs: number, failed: boolean, slow: boolean): void;
  totals(nowMs: number, windowMs: number): RateTotals;
}

/** The latest `capacity` calls. */
export class CountRateWindow implements RateWindow {
  readonly #outcomes: Uint8Array;
  #next = 0;
  #calls = 0;
  #failed = 0;
  #slow = 0;

  constructor(capacity: number) {
    this.#outcomes = new Uint8Array(capacity);
  }

  get capacity(): number {
    return this.#outcomes.length;
  }

  add(_nowMs: number, _windowMs: number, failed: boolean, slow: boolean): void {
    const replaced = this.#outcomes[this.#next] ?? 0;
    this.#failed += Number(failed) - (replaced & 1);
    this.#slow += Number(slow) - (replaced >> 1);
    this.#outcomes[this.#next] = Number(failed) | (Number(slow) << 1);
    this.#next = (this.#next + 1) % this.capacity;
    this.#calls = Math.min(this.#calls + 1, this.capacity);
  }

  totals(): RateTotals {
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow };
  }
}

interface Group {
  readonly sinceMs: number;
  calls: number;
  failed: number;
  slow: number;
}

const groupsPerWindow = 100;

/**
 * The calls of the latest `windowMs`. A call leaves when its age is exactly that; calls that began within a hundredth of the window
 * after another leave together with it, so that memory does not grow with the number of calls.
 */
export class TimeRateWindow implements RateWindow {
  /** Oldest first. */
  readonly #groups: Group[] = [];
  #calls = 0;
  #failed = 0;
  #slow = 0;

  add(nowMs: number, windowMs: number, failed: boolean, slow: boolean): void {
    let group = this.#groups[this.#groups.length - 1];
    if (group === undefined || nowMs - group.sinceMs >= windowMs / groupsPerWindow) {
      this.#forget(nowMs, windowMs);
      group = { sinceMs: nowMs, calls: 0, failed: 0, slow: 0 };
      this.#groups.push(group);
    }
    group.calls += 1;
    group.failed += Number(failed);
    group.slow += Number(slow);
    this.#calls += 1;
    this.#failed += Number(failed);
    this.#slow += Number(slow);
  }

  totals(nowMs: number, windowMs: number): RateTotals {
    this.#forget(nowMs, windowMs);
    return { calls: this.#calls, failed: this.#failed, slow: this.#slow };
  }

  #forget(nowMs: number, windowMs: number): void {
    for (let oldest = this.#groups[0]; oldest !== undefined; oldest = this.#groups[0]) {
      if (nowMs - oldest.sinceMs < windowMs) return;
      this.#groups.shift();
      this.#calls -= oldest.calls;
      this.#failed -= oldest.failed;
      this.#slow -= oldest.slow;
    }
  }
}
