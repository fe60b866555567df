import type { Clock } from '../time/clock.js';

const againAfterMs = 3_600_000;

/** Remembers which batches were said to fail, so that one which never splits is not said at every run of the timer. */
export class FailingBatches {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #saidMs = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whether this failure is to be said: the batch has just begun to fail, or was last said an hour ago. */
  isNews(name: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    const saidMs = this.#saidMs.get(name);
    if (saidMs !== undefined && nowMs - saidMs < againAfterMs) return false;
    this.#saidMs.set(name, nowMs);
    return true;
  }

  /** Forgets what does not wait any more, whoever has split it: no more is remembered than one listing holds. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#saidMs.keys()) if (!names.has(name)) this.#saidMs.delete(name);
  }
}
