interface Waiting {
  readonly dueMs: number;
  readonly deliver: () => void;
}

/** Delivers things later, always in the order in which they came, whatever delay each was given. */
export class DelayLine {
  readonly #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  push(delayMs: number, deliver: () => void): void {
    if (delayMs <= 0 && this.#waiting.length === 0) {
      deliver();
      return;
    }
    this.#waiting.push({ dueMs: performance.now() + delayMs, deliver });
    this.#timer ??= this.#wait();
  }

  /** Forgets everything that has not been delivered. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  #wait(): NodeJS.Timeout | undefined {
    const next = this.#waiting[0];
    return next && setTimeout(() => this.#deliverDue(), Math.max(0, next.dueMs - performance.now()));
  }

  #deliverDue(): void {
    while (this.#waiting[0] !== undefined && this.#waiting[0].dueMs <= performance.now()) {
      this.#waiting.shift()?.deliver();
    }
    this.#timer = this.#wait();
  }
}
