const secondMs = 1_000;

/** A limit of calls per second: that many at once after a pause, and each further one when its share of a second has passed. */
export class CallRate {
  /** When every call so far has had its share. */
  #spentUntilMs = Number.NEGATIVE_INFINITY;

  /** Time until a further call may begin; 0 or less when it may now. */
  waitMs(nowMs: number, perSecond: number): number {
    return this.#spentUntilMs + secondMs / perSecond - secondMs - nowMs;
  }

  take(nowMs: number, perSecond: number): void {
    this.#spentUntilMs = Math.max(this.#spentUntilMs, nowMs) + secondMs / perSecond;
  }
}
