import type { Clock } from '../time/clock.js';
import { type Candidate, QuarantineCount, type QuarantineLimits } from './quarantine-count.js';
import type { QuarantineEntry } from './quarantine-name.js';

export interface QuarantineBoundsPorts {
  readonly limits: QuarantineLimits;
  /** Everything that waits, whoever wrote it; `undefined` when it cannot be known now. Never rejects, and answers within a second. */
  readonly listAll: () => Promise<readonly QuarantineEntry[] | undefined>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** After so long, or when so much of the bounds was let in since, all that waits is counted again, beside whoever comes. */
const recountMs = 30_000;
const recountShare = 0.05;

/** While it cannot be counted, a process lets in this share of the bounds in all. */
const uncountedShare = 0.1;

/**
 * The bounds of the quarantine, which anybody can fill while the vault is away. They hold over restarts, and over instances but for
 * what each lets in between two counts: what waits is counted from the listing, and this process's own at once. Who finds no room
 * costs no call.
 */
export class QuarantineBounds {
  readonly #ports: QuarantineBoundsPorts;
  #counted: QuarantineCount | undefined;
  #countedAtMs = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;
  /** Let in since the latest count began, and those that were on their way then. */
  #recent: Candidate[] = [];
  readonly #onTheirWay = new Set<Candidate>();
  /** Let in without knowing what waits. */
  readonly #uncounted = new QuarantineCount();

  constructor(ports: QuarantineBoundsPorts) {
    this.#ports = ports;
  }

  /** Whether there is room for it; if so it is counted, and `settled` is to be told of it. Only the first one waits for a count. */
  async admit(candidate: Candidate): Promise<boolean> {
    if (this.#isDue()) this.#counting ??= this.#recount();
    if (this.#counted === undefined) await this.#counting;
    if (!this.#hasRoomFor(candidate)) return false;
    (this.#counted ?? this.#uncounted).add(candidate);
    this.#recent.push(candidate);
    this.#onTheirWay.add(candidate);
    return true;
  }

  /** It is written down now, or could not be. */
  settled(candidate: Candidate): void {
    this.#onTheirWay.delete(candidate);
  }

  #hasRoomFor(candidate: Candidate): boolean {
    const { limits } = this.#ports;
    return this.#counted === undefined
      ? this.#uncounted.hasRoomFor(candidate, limits, uncountedShare)
      : this.#counted.hasRoomFor(candidate, limits);
  }

  #isDue(): boolean {
    const { clock, limits } = this.#ports;
    if (clock.monotonicMs() - this.#countedAtMs >= recountMs) return true;
    return this.#counted !== undefined && this.#recent.length > limits.maxCount * recountShare;
  }

  /** What is let in meanwhile may be counted twice until the next count, and never not at all. A count that fails leaves the last one. */
  async #recount(): Promise<void> {
    this.#countedAtMs = this.#ports.clock.monotonicMs();
    this.#recent = [...this.#onTheirWay];
    const waiting = await this.#ports.listAll();
    if (waiting !== undefined) this.#counted = new QuarantineCount([...waiting, ...this.#recent]);
    this.#counting = undefined;
  }
}
