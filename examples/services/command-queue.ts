/** Commands that wait, and never more than a bound: whoever adds one learns at once that there is no room. */
export class CommandQueue<C> {
  readonly #limit: number;
  readonly #waiting: C[] = [];
  #onWork: (() => void) | undefined;

  constructor(limit: number) {
    if (!Number.isInteger(limit) || limit < 1)
      throw new RangeError(`limit is ${limit}, expected a whole number from 1`);
    this.#limit = limit;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** `full`: the producer slows down, drops the command or tells its caller; it is not kept here. */
  add(command: C): 'added' | 'full' {
    if (this.#waiting.length >= this.#limit) return 'full';
    this.#waiting.push(command);
    this.#onWork?.();
    return 'added';
  }

  /** Puts a command back that could not be sent, before all others. */
  putBack(command: C): void {
    this.#waiting.unshift(command);
  }

  take(): C | undefined {
    return this.#waiting.shift();
  }

  onWork(listener: () => void): void {
    this.#onWork = listener;
  }
}
