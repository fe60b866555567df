import type { Clock } from '../time/clock.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import { type Closed, type HalfOpen, type Open, type Stay, visibleState } from './circuit-state.js';
import { coolDownOf } from './cool-down.js';
import { FailureRun } from './failure-run.js';
import { createRateWindow, exceededRate } from './rate-rules.js';
import type { TransitionReason } from './transition.js';
import type { TransitionListeners } from './transition-listeners.js';

export interface CircuitPorts {
  readonly name: string;
  readonly options: CircuitBreakerOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly listeners: TransitionListeners;
}

const calmOf = (stay: Stay): Stay | undefined =>
  stay.kind === 'Closed' && stay.window === undefined && stay.run === undefined ? stay : undefined;

/**
 * The state machine alone: which calls pass, and what their ends change. It knows no promise and no timer: only `admit`,
 * the three ends of a call and the commands move it.
 */
export class Circuit {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #listeners: TransitionListeners;
  #options: CircuitBreakerOptions;
  #stay: Stay;
  #calm: Stay | undefined;
  #sinceEpochMs: number;
  #transitions = 0;

  constructor({ name, options, clock, random, listeners }: CircuitPorts) {
    this.#name = name;
    this.#clock = clock;
    this.#random = random;
    this.#listeners = listeners;
    this.#options = options;
    this.#stay = this.#newClosed();
    this.#calm = calmOf(this.#stay);
    this.#sinceEpochMs = clock.epochMs();
  }

  get stay(): Stay {
    return this.#stay;
  }

  /** The present stay while all is well: closed, no failure in its run, no rates to be judged. */
  get calm(): Stay | undefined {
    return this.#calm;
  }

  get options(): CircuitBreakerOptions {
    return this.#options;
  }

  get sinceEpochMs(): number {
    return this.#sinceEpochMs;
  }

  get transitions(): number {
    return this.#transitions;
  }

  /** Time until the next call may pass as a probe; 0 when calls are not refused. An operator's hold answers the cool-down. */
  get retryAfterMs(): number {
    const stay = this.#stay;
    if (stay.kind === 'Open') return Math.max(0, Math.ceil(stay.untilMs - this.#nowMs));
    return stay.kind === 'ForcedOpen' ? this.#options.coolDownMs : 0;
  }

  /** The length of the present run of failures: those in the window while closed, those that opened it and since then after. */
  get consecutiveFailures(): number {
    const stay = this.#stay;
    if (stay.kind === 'Closed') return stay.run?.count(this.#nowMs, this.#options.windowMs) ?? 0;
    return 'consecutiveFailures' in stay ? stay.consecutiveFailures : 0;
  }

  /** The stay that a call beginning now belongs to, or `undefined` when it is refused. */
  admit(): Stay | undefined {
    const stay = this.#stay;
    switch (stay.kind) {
      case 'HalfOpen':
        return this.#admitProbe(stay);
      case 'Open':
        return this.#nowMs < stay.untilMs ? undefined : this.#admitProbe(this.#halfOpen(stay));
      case 'ForcedOpen':
        return undefined;
      case 'Closed':
      case 'Disabled':
        return stay;
    }
  }

  /** A call that began in `stay` succeeded. Answers false when the breaker has moved on since, so that nothing changed. */
  succeed(stay: Stay, slow: boolean): boolean {
    return stay === this.#calm || this.#judgeSuccess(stay, slow);
  }

  /** A call that began in `stay` failed by the dependency's fault. Answers false when the breaker has moved on since. */
  fail(stay: Stay, slow: boolean): boolean {
    if (stay !== this.#stay) return false;
    if (stay.kind === 'HalfOpen') this.#reopen(stay, 'probe-failed');
    if (stay.kind === 'Closed') {
      stay.run ??= new FailureRun();
      const failures = stay.run.add(this.#nowMs, this.#options.windowMs);
      this.#calm = undefined;
      if (failures >= this.#options.failureThreshold) this.#openFirst('failure-threshold', failures);
      else this.#judgeRates(stay, true, slow);
    }
    return true;
  }

  /** A call that began in `stay` ended without saying anything about the dependency; a probe's slot is free again. */
  ignore(stay: Stay): boolean {
    if (stay.kind === 'HalfOpen') stay.probes -= 1;
    return stay === this.#stay;
  }

  /** Closes and forgets; calls that run are detached even when it was closed. A disabled breaker stays disabled. */
  reset(): void {
    this.#enter(this.#stay.kind === 'Disabled' ? { kind: 'Disabled' } : this.#newClosed(), 'reset');
  }

  forceOpen(): void {
    this.#enter({ kind: 'ForcedOpen' }, 'forced-open');
  }

  disable(): void {
    this.#enter({ kind: 'Disabled' }, 'disabled');
  }

  /** Ends `forceOpen` and `disable`: closed, and judged again. Changes nothing otherwise. */
  enable(): void {
    const held = this.#stay.kind === 'ForcedOpen' || this.#stay.kind === 'Disabled';
    if (held) this.#enter(this.#newClosed(), 'enabled');
  }

  restore(stay: Stay): void {
    this.#enter(stay, 'imported');
  }

  /** A present cool-down keeps its end; a closed breaker keeps its run of failures, and its rates start anew. */
  updateOptions(options: CircuitBreakerOptions): void {
    this.#options = options;
    if (this.#stay.kind === 'Closed') this.#stay.window = createRateWindow(options);
    this.#calm = calmOf(this.#stay);
  }

  #judgeSuccess(stay: Stay, slow: boolean): boolean {
    if (stay !== this.#stay) return false;
    switch (stay.kind) {
      case 'HalfOpen':
        this.#probeSucceeded(stay, slow);
        break;
      case 'Closed':
        this.#callSucceeded(stay, slow);
        break;
    }
    return true;
  }

  #callSucceeded(stay: Closed, slow: boolean): void {
    stay.run = undefined;
    this.#calm = calmOf(stay);
    this.#judgeRates(stay, false, slow);
  }

  #admitProbe(stay: HalfOpen): Stay | undefined {
    if (stay.probes >= this.#options.halfOpenMaxConcurrent) return undefined;
    stay.probes += 1;
    return stay;
  }

  #probeSucceeded(stay: HalfOpen, slow: boolean): void {
    if (slow && this.#options.slowCallRateThreshold !== undefined) {
      this.#reopen(stay, 'probe-slow');
      return;
    }
    stay.probes -= 1;
    stay.successes += 1;
    stay.consecutiveFailures = 0;
    if (stay.successes >= this.#options.successThreshold) this.#enter(this.#newClosed(), 'success-threshold');
  }

  #judgeRates(stay: Closed, failed: boolean, slow: boolean): void {
    if (stay.window === undefined) return;
    const nowMs = this.#nowMs;
    stay.window.add(nowMs, failed, slow);
    const reason = exceededRate(stay.window.totals(nowMs), this.#options);
    if (reason !== undefined) this.#openFirst(reason, this.consecutiveFailures);
  }

  #openFirst(reason: TransitionReason, consecutiveFailures: number): void {
    this.#open({ openings: 1, consecutiveFailures }, reason);
  }

  #reopen(stay: HalfOpen, reason: TransitionReason): void {
    const consecutiveFailures = stay.consecutiveFailures + (reason === 'probe-failed' ? 1 : 0);
    this.#open({ openings: stay.openings + 1, consecutiveFailures }, reason);
  }

  #open(carried: Pick<Open, 'openings' | 'consecutiveFailures'>, reason: TransitionReason): void {
    const coolDownMs = coolDownOf(this.#options, carried.openings, this.#random);
    const recoveryEpochMs = this.#clock.epochMs() + coolDownMs;
    this.#enter({ kind: 'Open', untilMs: this.#nowMs + coolDownMs, recoveryEpochMs, ...carried }, reason);
  }

  #halfOpen({ openings, consecutiveFailures }: Open): HalfOpen {
    const stay: HalfOpen = { kind: 'HalfOpen', openings, consecutiveFailures, probes: 0, successes: 0 };
    this.#enter(stay, 'cool-down-elapsed');
    return stay;
  }

  #newClosed(): Closed {
    return { kind: 'Closed', run: undefined, window: createRateWindow(this.#options) };
  }

  #enter(next: Stay, reason: TransitionReason): void {
    const from = visibleState(this.#stay);
    const to = visibleState(next);
    this.#stay = next;
    this.#calm = calmOf(next);
    if (from === to) return;
    this.#sinceEpochMs = this.#clock.epochMs();
    this.#transitions += 1;
    const at = new Date(this.#sinceEpochMs).toISOString();
    this.#listeners.announce({ breaker: this.#name, from, to, reason, at, retryAfterMs: this.retryAfterMs });
  }

  get #nowMs(): number {
    return this.#clock.monotonicMs();
  }
}
