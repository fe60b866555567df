import type { Clock } from '../../src/time/clock.js';

/** Counts what is running, so that a host that ends can let it finish. */
export class RunningWork {
  #running = 0;
  #onIdle: () => void = () => undefined;

  async track<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle();
    }
  }

  /** Resolves when nothing runs any more, or after `timeoutMs`; answers how much is still running. */
  async idle(clock: Clock, timeoutMs: number): Promise<number> {
    if (this.#running === 0) return 0;
    await new Promise<void>((resolve) => {
      const cancel = clock.startTimer(timeoutMs, resolve);
      this.#onIdle = () => {
        cancel();
        resolve();
      };
    });
    return this.#running;
  }
}
