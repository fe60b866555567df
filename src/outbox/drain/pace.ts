/** From these, in milliseconds, a record's delivery counts as slow, and as quick: its calls may take 8 s each. */
const slowMs = 2_000;
const quickMs = 1_000;

/**
 * How many records are delivered side by side: as many as allowed while the dependencies answer quickly, half as many each time
 * they are slow, and one more after each full round of quick answers. Dependencies that have to queue our calls would else let
 * them run into their deadlines, and those open a breaker.
 */
export class Pace {
  readonly #most: number;
  #limit: number;
  #quick = 0;
  /** Deliveries begun under an earlier limit say nothing about this one. */
  #toIgnore = 0;

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  delivered(durationMs: number): void {
    if (this.#toIgnore > 0) {
      this.#toIgnore -= 1;
      return;
    }
    if (durationMs >= slowMs) {
      this.#slowDown();
      return;
    }
    this.#quick = durationMs < quickMs ? this.#quick + 1 : 0;
    if (this.#quick < this.#limit || this.#limit === this.#most) return;
    this.#limit += 1;
    this.#quick = 0;
  }

  #slowDown(): void {
    this.#toIgnore = this.#limit - 1;
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#quick = 0;
  }
}
