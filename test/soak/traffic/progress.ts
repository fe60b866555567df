/** How many steps of a round are done, for whoever waits for one of them. */
export class Progress {
  #done = 0;
  #ended = false;
  readonly #waiting = new Set<() => void>();
  readonly #onStep: (done: number) => void;

  constructor(onStep: (done: number) => void) {
    this.#onStep = onStep;
  }

  get ended(): boolean {
    return this.#ended;
  }

  step(): void {
    this.#done += 1;
    this.#onStep(this.#done);
    this.#wake();
  }

  /** No more steps will come. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Resolves when so many steps are done, or no more will come. */
  async reached(steps: number): Promise<void> {
    while (this.#done < steps && !this.#ended) await this.#next();
  }

  /** Resolves when no more steps will come. */
  async whenEnded(): Promise<void> {
    while (!this.#ended) await this.#next();
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }
}
