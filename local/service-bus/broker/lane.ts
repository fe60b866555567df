import type { StoredMessage } from './stored-message.js';

const compactAfter = 1024;

/** Messages that wait in order of their sequence numbers; one that comes back takes its old place. */
export class Lane {
  #waiting: StoredMessage[] = [];
  #next = 0;
  /** Given back, highest number first, so that the lowest is at the end. */
  readonly #returned: StoredMessage[] = [];

  get size(): number {
    return this.#waiting.length - this.#next + this.#returned.length;
  }

  /** Adds a message whose number is above all that were pushed before. */
  push(message: StoredMessage): void {
    this.#waiting.push(message);
  }

  giveBack(message: StoredMessage): void {
    let low = 0;
    let high = this.#returned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#returned[middle]?.sequenceNumber ?? 0) > message.sequenceNumber) low = middle + 1;
      else high = middle;
    }
    this.#returned.splice(low, 0, message);
  }

  take(): StoredMessage | undefined {
    const returned = this.#returned.at(-1);
    const waiting = this.#waiting[this.#next];
    if (returned !== undefined && (waiting === undefined || returned.sequenceNumber < waiting.sequenceNumber)) {
      return this.#returned.pop();
    }
    if (waiting === undefined) return undefined;
    this.#next += 1;
    if (this.#next >= compactAfter && this.#next * 2 >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    return waiting;
  }
}
