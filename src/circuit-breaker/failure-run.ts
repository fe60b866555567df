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

  /** How many are younger than the window; changes nothing. */
  count(nowMs: number, windowMs: number): number {
    return this.#atMs.filter((atMs) => nowMs - atMs < windowMs).length;
  }

  /** How old each failure in the window is, oldest first; changes nothing. */
  agesMs(nowMs: number, windowMs: number): readonly number[] {
    return this.#atMs.map((atMs) => nowMs - atMs).filter((ageMs) => ageMs < windowMs);
  }
}
