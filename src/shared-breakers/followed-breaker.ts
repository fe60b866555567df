import { readOptionsPatch } from '../circuit-breaker/check-options.js';
import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import { blankState } from '../circuit-breaker/circuit-state.js';
import type { Transition } from '../circuit-breaker/listeners.js';
import type { Clock } from '../time/clock.js';
import type { SharedEntry } from './shared-entry.js';

/** What others are to be told of a breaker. */
export interface News {
  readonly state?: Pick<SharedEntry, 'kind' | 'untilMs'> & {
    /** It says only that this instance is about to probe: whoever says so first does. */
    readonly isClaim?: true;
  };
  readonly hasReset?: true;
  readonly patch?: Readonly<Record<string, unknown>>;
}

/** Beyond what a probe may take: until the others have read how it ended. */
const probeMarginMs = 2_000;
/** For so many cool-downs in a row others are believed; then this instance finds out for itself. */
const mostCoolDownsBelieved = 3;
/** So long before the end of a cool-down it is settled who probes. */
const claimAheadMs = 2_500;

/** One breaker, what it has to tell, and what it has taken over from others. It is moved by the commands that every breaker has. */
export class FollowedBreaker {
  readonly #breaker: ManagedBreaker;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** The options as the settings gave them. */
  readonly base: string;
  news: News | undefined;
  #seen: Partial<Record<'id' | 'resetId' | 'changeId', string>> | undefined;
  #rejected: number;
  /** When a call of this instance last moved the breaker, or another's word opened it. */
  #believedSinceMs = 0;

  /** `onNews` is told when there is something to tell. */
  constructor(breaker: ManagedBreaker, clock: Pick<Clock, 'monotonicMs'>, onNews: () => void) {
    this.#breaker = breaker;
    this.#clock = clock;
    this.base = JSON.stringify(breaker.options);
    this.#rejected = breaker.snapshot().rejected;
    if (breaker.state === 'Open') this.#note('Open', breaker.retryAfterMs);
    breaker.subscribe(({ to, reason, retryAfterMs }) => {
      if (!isOwnEvidence(reason)) return;
      this.#note(to, to === 'HalfOpen' ? this.#probeMs : retryAfterMs);
      onNews();
    });
  }

  get name(): string {
    return this.#breaker.name;
  }

  get isClosed(): boolean {
    return this.#breaker.state === 'Closed';
  }

  /** What this instance's operator has done, and has been done here already. */
  command(given: Pick<News, 'hasReset' | 'patch'>): void {
    const patch = given.patch && { ...this.news?.patch, ...given.patch };
    if (given.hasReset) this.#note('Closed', 0);
    this.news = { ...this.news, ...(given.hasReset && { hasReset: true }), ...(patch !== undefined && { patch }) };
  }

  /** Says that this instance will probe, once its cool-down nears its end and calls want to pass. */
  claim(known: SharedEntry | undefined): void {
    const { rejected } = this.#breaker.snapshot();
    const isWanted = rejected > this.#rejected;
    this.#rejected = rejected;
    const isHeld = known?.kind === 'HalfOpen' && known.untilMs > this.#clock.monotonicMs();
    if (!isWanted || isHeld || this.news !== undefined || this.#kind !== 'Open') return;
    const { retryAfterMs } = this.#breaker;
    if (retryAfterMs > claimAheadMs) return;
    const untilMs = this.#clock.monotonicMs() + retryAfterMs + this.#probeMs;
    this.news = { state: { kind: 'HalfOpen', untilMs, isClaim: true } };
  }

  /** What was told is known to all, and is no news to this one either. */
  told(news: News, entry: SharedEntry): void {
    if (this.news === news) this.news = undefined;
    this.#seen = seenIn(entry);
  }

  /**
   * Takes over what others have told, each piece once: no record, whatever it says, holds longer than this breaker's own cool-down from
   * when it was read. What this instance has to tell itself stands above it. Answers whether its state has changed.
   */
  takeOver(entry: SharedEntry, own: boolean): boolean {
    const before = this.#seen;
    this.#seen = seenIn(entry);
    if (entry.change !== undefined && entry.change.id !== before?.changeId) this.#change(entry.change);
    if (before !== undefined && entry.resetId !== undefined && entry.resetId !== before.resetId) this.#reset();
    const isNew = !own && entry.id !== before?.id;
    if (this.#isKnown(entry) || (isNew && this.news?.state?.isClaim === true)) this.#dropState();
    return isNew && this.news?.state === undefined && this.#adopt(entry);
  }

  /** Whether others know already what this instance would tell of the state. */
  #isKnown({ kind, untilMs }: SharedEntry): boolean {
    return this.news?.state?.kind === kind && (kind === 'Closed' || untilMs > this.#clock.monotonicMs());
  }

  #dropState(): void {
    const { state: _state, ...commands } = this.news ?? {};
    this.news = Object.keys(commands).length === 0 ? undefined : commands;
  }

  /** By another's command: that is no news. */
  #reset(): void {
    const { news } = this;
    this.#breaker.reset();
    this.news = news;
  }

  #adopt({ kind, untilMs }: SharedEntry): boolean {
    const breaker = this.#breaker;
    const own = this.#kind;
    const remainingCoolDownMs = Math.min(untilMs - this.#clock.monotonicMs(), breaker.options.coolDownMs);
    switch (kind) {
      case 'Closed':
        if (own === 'Open' || own === 'HalfOpen') breaker.importState({ ...blankState, kind });
        return own === 'Open' || own === 'HalfOpen';
      case 'Open':
        if (remainingCoolDownMs <= 0) return false;
        if (own !== 'Closed') this.#wait(remainingCoolDownMs);
        else {
          this.#believedSinceMs = this.#clock.monotonicMs();
          breaker.importState({ ...blankState, kind, openings: 1, remainingCoolDownMs });
        }
        return own === 'Closed';
      case 'HalfOpen':
        this.#wait(remainingCoolDownMs);
        return false;
    }
  }

  /** Stays open for at least so long. One that probes has evidence of its own, and goes on. */
  #wait(askedMs: number): void {
    const breaker = this.#breaker;
    const believedMs = this.#clock.monotonicMs() - this.#believedSinceMs;
    const remainingCoolDownMs = Math.min(askedMs, mostCoolDownsBelieved * breaker.options.coolDownMs - believedMs);
    if (this.#kind !== 'Open' || breaker.retryAfterMs >= remainingCoolDownMs) return;
    breaker.importState({ ...breaker.exportState(), remainingCoolDownMs });
  }

  #change({ base, patch }: NonNullable<SharedEntry['change']>): void {
    if (base !== this.base) return;
    try {
      this.#breaker.updateOptions(readOptionsPatch({ ...patch, ...this.news?.patch }));
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
    }
  }

  /** What calls of this instance, or its operator, have found. */
  #note(kind: SharedEntry['kind'], forMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.#believedSinceMs = nowMs;
    this.news = { ...this.news, state: { kind, untilMs: nowMs + forMs } };
  }

  get #kind() {
    return this.#breaker.exportState().kind;
  }

  get #probeMs(): number {
    const { operationTimeoutMs, coolDownMs } = this.#breaker.options;
    return Math.min(operationTimeoutMs + probeMarginMs, coolDownMs);
  }
}

/** By its name: the breakers are bundled apart, and have another class of it. */
const isRefusal = (thrown: unknown): boolean => thrown instanceof Error && thrown.name === 'CircuitBreakerOptionsError';

const seenIn = ({ id, resetId, change }: SharedEntry) => ({
  id,
  ...(resetId !== undefined && { resetId }),
  ...(change !== undefined && { changeId: change.id }),
});

/** An operator's hold on one instance is that instance's; what was taken over is known already. */
const isOwnEvidence = (reason: Transition['reason']): boolean =>
  !['imported', 'forced-open', 'disabled', 'enabled'].includes(reason);
