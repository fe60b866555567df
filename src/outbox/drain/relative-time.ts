import type { Clock } from '../../time/clock.js';

/** Whether all that one delivery asked for was answered; `untried`: there was nothing to deliver. */
export type Answering = 'answered' | 'unanswered' | 'untried';

/** What a delivery that has the dependencies to itself counts for at most, in milliseconds. */
const mostAloneMs = 750;
/** Of what is known, so much is replaced by what one more such delivery took. */
const newShare = 1 / 4;
/** A delivery alone counts as no slower than so many times what one beside others takes. */
const timesQuicker = 2;

/**
 * How long deliveries take, compared with one that has the dependencies to itself. A dependency that is slow however little it is asked bears as
 * many calls side by side as a quick one; one that gets slower the more it is asked does not.
 */
export class RelativeTime {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #begun = 0;
  #underWay = 0;
  /** What a delivery takes that no other ran beside; 0 until one is known. */
  #aloneMs = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Delivers, and answers how many milliseconds that counts for; `undefined`: it says nothing about the dependencies. */
  async of(deliver: () => Promise<Answering>): Promise<number | undefined> {
    const startedMs = this.#clock.monotonicMs();
    const isFirst = this.#underWay === 0;
    this.#begun += 1;
    const begun = this.#begun;
    const answering = await this.#counted(deliver);
    if (answering === 'untried') return undefined;
    if (answering === 'unanswered') return Number.POSITIVE_INFINITY;
    const tookMs = this.#clock.monotonicMs() - startedMs;
    this.#learn(tookMs, isFirst && begun === this.#begun);
    return tookMs * Math.min(1, mostAloneMs / this.#aloneMs);
  }

  async #counted(deliver: () => Promise<Answering>): Promise<Answering> {
    this.#underWay += 1;
    try {
      return await deliver();
    } finally {
      this.#underWay -= 1;
    }
  }

  #learn(tookMs: number, wasAlone: boolean): void {
    if (!wasAlone) this.#aloneMs = Math.min(this.#aloneMs, tookMs * timesQuicker);
    else if (this.#aloneMs === 0) this.#aloneMs = tookMs;
    else this.#aloneMs += (tookMs - this.#aloneMs) * newShare;
  }
}
