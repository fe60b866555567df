import type { Classified } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import type { GateOptions } from './gate-options.js';

/** One call that was let through. */
export interface Try {
  readonly startMs: number;
  /** Begun after a failure: one of the few. */
  readonly spaced: boolean;
}

export type Verdict = Classified<unknown>['verdict'];

/** What others may read of a gate. */
export interface GateReadings {
  /** Nothing that went through it has failed since the last success. */
  readonly works: boolean;
  /** It has been failing for so long that waiting makes little sense. */
  readonly isHopeless: boolean;
  /** Somebody was answered here within the last ten seconds, and nobody has failed since. */
  readonly isProven: boolean;
}

/** A failure so old says nothing about now. */
const staleAfterMs = 5_000;
const provenForMs = 10_000;
const initialLimit = 16;
const limitAfterFailure = 4;

/** When the next call may begin, judged by how the last ones ended. It knows no promise and no timer. */
export class GateTurns implements GateReadings {
  readonly #options: GateOptions;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #tries = new Set<Try>();
  #spacedTries = 0;
  #limit = initialLimit;
  #failingSinceMs: number | undefined;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  #provenMs = Number.NEGATIVE_INFINITY;
  #lastStartMs = Number.NEGATIVE_INFINITY;

  constructor(options: GateOptions, clock: Pick<Clock, 'monotonicMs'>) {
    this.#options = options;
    this.#clock = clock;
  }

  get works(): boolean {
    this.#look();
    return this.#failingSinceMs === undefined;
  }

  get isHopeless(): boolean {
    if (this.works || this.#failingSinceMs === undefined) return false;
    return this.#nowMs - this.#failingSinceMs >= this.#options.hopelessAfterMs;
  }

  get isProven(): boolean {
    return this.works && this.#nowMs - this.#provenMs < provenForMs;
  }

  /** Time until the next turn as far as it is known, else until one should look again; at least 1. */
  get lookInMs(): number {
    const { spacingMs } = this.#options;
    const dueMs = this.#lastStartMs + spacingMs - this.#nowMs;
    return dueMs > 0 ? dueMs : spacingMs;
  }

  mayStart(): boolean {
    if (this.works) return this.#tries.size < this.#limit;
    const { spacingMs, triesAtOnce } = this.#options;
    return this.#spacedTries < triesAtOnce && this.#nowMs - this.#lastStartMs >= spacingMs;
  }

  begin(): Try {
    const one: Try = { startMs: this.#nowMs, spaced: !this.works };
    this.#lastStartMs = one.startMs;
    this.#tries.add(one);
    if (one.spaced) this.#spacedTries += 1;
    return one;
  }

  /** Says whether the dependency answers again after it had been failing. */
  end(one: Try, verdict: Verdict): boolean {
    const isPresent = this.#tries.delete(one);
    if (isPresent && one.spaced) this.#spacedTries -= 1;
    if (isPresent && verdict === 'failure') {
      // Of a try that began before the last success, only its end speaks against the dependency.
      this.#failed(one.startMs > this.#lastSuccessMs ? one.startMs : this.#nowMs);
    }
    if (verdict !== 'success') return false;
    this.#provenMs = this.#nowMs;
    this.#limit = Math.min(this.#options.maxConcurrent, this.#limit * 2);
    return this.answered();
  }

  /** The dependency answered somebody. Says whether it had been failing. */
  answered(): boolean {
    const recovered = this.#failingSinceMs !== undefined;
    this.#lastSuccessMs = this.#nowMs;
    this.#failingSinceMs = undefined;
    if (recovered) this.#forgetTries();
    return recovered;
  }

  /** What began before the dependency answered again may hang on; it takes nobody's place, and its failure is of the past. */
  #forgetTries(): void {
    this.#tries.clear();
    this.#spacedTries = 0;
  }

  /** Takes note of a try that hangs, and forgets failures that are long past. */
  #look(): void {
    if (this.#failingSinceMs === undefined) {
      const unanswered = this.#oldestUnanswered();
      const hangs = unanswered !== undefined && this.#nowMs - unanswered.startMs >= this.#options.suspectAfterMs;
      if (hangs) this.#failed(unanswered.startMs);
    } else if (this.#tries.size === 0 && this.#nowMs - this.#lastFailureMs >= staleAfterMs) {
      this.#failingSinceMs = undefined;
    }
  }

  #failed(sinceMs: number): void {
    this.#failingSinceMs ??= sinceMs;
    this.#lastFailureMs = this.#nowMs;
    this.#provenMs = Number.NEGATIVE_INFINITY;
    this.#limit = limitAfterFailure;
  }

  #oldestUnanswered(): Try | undefined {
    for (const one of this.#tries) if (one.startMs > this.#lastSuccessMs) return one;
    return undefined;
  }

  get #nowMs(): number {
    return this.#clock.monotonicMs();
  }
}
