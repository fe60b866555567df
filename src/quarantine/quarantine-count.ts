import type { QuarantineEntry } from './quarantine-name.js';

/** How much may wait in all. One provider and client network may have `addressShare` of each, from 0 to 1. */
export interface QuarantineLimits {
  readonly maxCount: number;
  readonly maxBytes: number;
  readonly addressShare: number;
}

/** What is to be written down, by provider and client network. */
export type Candidate = Pick<QuarantineEntry, 'provider' | 'network' | 'bytes'>;

interface Tally {
  readonly count: number;
  readonly bytes: number;
}

const nothing: Tally = { count: 0, bytes: 0 };

const plus = ({ count, bytes }: Tally, candidate: Candidate): Tally => ({
  count: count + 1,
  bytes: bytes + candidate.bytes,
});

const isWithin = ({ count, bytes }: Tally, { maxCount, maxBytes }: QuarantineLimits, share: number): boolean =>
  count <= maxCount * share && bytes <= maxBytes * share;

const keyOf = ({ provider, network }: Candidate): string => `${provider} ${network}`;

/** How much waits, in all and of each provider and client network. Holds one entry for each that has something. */
export class QuarantineCount {
  #all = nothing;
  readonly #byKey = new Map<string, Tally>();

  constructor(waiting: Iterable<Candidate> = []) {
    for (const each of waiting) this.add(each);
  }

  get all(): Tally {
    return this.#all;
  }

  add(candidate: Candidate): void {
    this.#all = plus(this.#all, candidate);
    this.#byKey.set(keyOf(candidate), plus(this.#byKey.get(keyOf(candidate)) ?? nothing, candidate));
  }

  /** Whether it may be added within this share of the limits. */
  hasRoomFor(candidate: Candidate, limits: QuarantineLimits, share = 1): boolean {
    const own = plus(this.#byKey.get(keyOf(candidate)) ?? nothing, candidate);
    return isWithin(plus(this.#all, candidate), limits, share) && isWithin(own, limits, share * limits.addressShare);
  }
}
