/** Lets so many requests run at once, as `maxConcurrentRequests` of host.json says: the others wait, their bodies unread. */
export class RequestTurns {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** Below zero: as many as come. */
  constructor(atOnce: number) {
    this.#atOnce = atOnce < 0 ? Number.POSITIVE_INFINITY : atOnce;
  }

  async take<T>(run: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await run();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
