import type { Clock } from '../../../src/time/clock.js';

const largeBytes = 1024 * 1024;
const atOnce = 1;
/** A client that takes longer holds up nobody else. */
const turnMs = 5_000;

/**
 * Lets one large body be read at a time. This host reads them in the process that serves the app, of whose memory Azure's host
 * takes nothing: what waits here stays with the client.
 */
export class LargeBodyTurns {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Reads in its turn when the body is a large one, else at once. */
  async take<T>(bytes: number, read: () => Promise<T>): Promise<T> {
    if (bytes < largeBytes) return read();
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      this.#running -= 1;
      this.#waiting.shift()?.();
    };
    const cancel = this.#clock.startTimer(turnMs, end);
    try {
      return await read();
    } finally {
      cancel();
      end();
    }
  }
}
