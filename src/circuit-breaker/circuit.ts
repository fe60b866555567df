import type { Clock } from '../time/clock.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import {
  type CircuitMode,
  type CircuitState,
  type Closed,
  coolDownOf,
  type HalfOpen,
  type Open,
  type Stay,
} from './circuit-state.js';
import type { OrderedListeners, Transition, TransitionReason } from './listeners.js';
import { createRateWindow, FailureRun, trippedRule, UsualFailureRate } from './trip-rules.js';

export interface CircuitPorts {
  readonly name: string;
  readonly options: CircuitBreakerOptions;
  readonly clock: Clock;
  readonly random: () => number;
  readonly listeners: OrderedListeners<Transition>;
}

/**
 * The state machine alone: which calls pass, and what their ends change. It knows no promise and no timer: only `admit`,
 * the ends of calls and the commands move it.
 */
export class Circuit {
  readonly name: string;
  readonly clock: Clock;
  readonly listeners: OrderedListeners<Transition>;
  readonly #random: () => number;
  #options: CircuitBreakerOptions;
  #stay: Stay;
  /** Present when the failure rate that opens is to follow it. */
  #usual: UsualFailureRate | undefined;
  #openedMs = 0;
  readonly history: { transitions: number; lastRecoveryMs: number | null; lastChangeEpochMs: number };

  constructor({ name, options, clock, random, listeners }: CircuitPorts) {
    this.name = name;
    this.clock = clock;
    this.listeners = listeners;
    this.#random = random;
    this.#options = options;
    this.#stay = this.#newClosed();
    this.history = { transitions: 0, lastRecoveryMs: null, lastChangeEpochMs: clock.epochMs() };
  }

  get stay(): Stay {
    return this.#stay;
  }

  /** How it looks from outside. */
  get state(): CircuitState {
    const { kind } = this.#stay;
    if (kind === 'ForcedOpen') return 'Open';
    return kind === 'Disabled' ? 'Closed' : kind;
  }

  get mode(): CircuitMode {
    const { kind } = this.#stay;
    if (kind === 'ForcedOpen') return 'forced-open';
    return kind === 'Disabled' ? 'disabled' : 'automatic';
  }

  get options(): CircuitBreakerOptions {
    return this.#options;
  }

  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  /** Time until the next call may pass as a probe; 0 when calls are not refused. An operator's hold answers the cool-down. */
  get retryAfterMs(): number {
    const stay = this.#stay;
    if (stay.kind === 'Open') return Math.max(0, Math.ceil(stay.untilMs - this.nowMs));
    return stay.kind === 'ForcedOpen' ? this.#options.coolDownMs : 0;
  }

  /** The length of the present run of failures: those in the window while closed, those that opened it and since then after. */
  get consecutiveFailures(): number {
    const stay = this.#stay;
    if (stay.kind === 'Closed') return stay.run?.agesMs(this.nowMs, this.#options.windowMs).length ?? 0;
    return 'consecutiveFailures' in stay ? stay.consecutiveFailures : 0;
  }

  /** The stay that a call beginning now belongs to, or `undefined` when it is refused. Half-open, not all may begin at once. */
  admit(): Stay | undefined {
    const stay = this.#stay;
    if (stay.kind === 'Open') return this.nowMs < stay.untilMs ? undefined : this.#admitFirstProbe(stay);
    return stay.kind === 'ForcedOpen' ? undefined : stay;
  }

  /** A call that began in `stay` succeeded. Answers false when the breaker has moved on since, so that nothing changed. */
  succeed(stay: Stay, slow: boolean): boolean {
    if (stay !== this.#stay) return false;
    if (stay.kind === 'HalfOpen') this.#probeSucceeded(stay, slow);
    if (stay.kind === 'Closed') {
      stay.run = undefined;
      if (stay.window !== undefined) this.#judge(stay, 0, slow);
    }
    return true;
  }

  /** A call that began in `stay` failed by the dependency's fault. Answers false when the breaker has moved on since. */
  fail(stay: Stay, slow: boolean): boolean {
    if (stay !== this.#stay) return false;
    if (stay.kind === 'HalfOpen') this.#reopen(stay, 'probe-failed');
    if (stay.kind === 'Closed') {
      stay.run ??= new FailureRun();
      this.#judge(stay, stay.run.add(this.nowMs, this.#options.windowMs), slow);
    }
    return true;
  }

  /** Closes and forgets; calls that run are detached even when it was closed. A disabled breaker stays disabled. */
  reset(): void {
    this.#usual = undefined;
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
    this.#openedMs = this.nowMs;
    this.#enter(stay, 'imported');
  }

  /** A new cool-down holds for the present one, too; a closed breaker keeps its run of failures and its window. */
  updateOptions(options: CircuitBreakerOptions): void {
    const before = this.#options;
    const stay = this.#stay;
    this.#options = options;
    if (stay.kind === 'Closed') stay.window = createRateWindow(options, stay.window);
    if (stay.kind !== 'Open') return;
    const { openings, draw } = stay;
    stay.untilMs += coolDownOf(options, openings, draw) - coolDownOf(before, openings, draw);
  }

  /** A listener may have moved the breaker on already. */
  #admitFirstProbe({ openings, consecutiveFailures }: Open): Stay | undefined {
    this.#enter({ kind: 'HalfOpen', openings, consecutiveFailures, successes: 0 }, 'cool-down-elapsed');
    return this.#stay.kind === 'Open' ? undefined : this.admit();
  }

  #probeSucceeded(stay: HalfOpen, slow: boolean): void {
    if (slow && this.#options.slowCallRateThreshold !== undefined) {
      this.#reopen(stay, 'probe-slow');
      return;
    }
    stay.successes += 1;
    stay.consecutiveFailures = 0;
    if (stay.successes < this.#options.successThreshold) return;
    this.history.lastRecoveryMs = Math.round(this.nowMs - this.#openedMs);
    this.#enter(this.#newClosed(), 'success-threshold');
  }

  #judge({ window }: Closed, consecutiveFailures: number, slow: boolean): void {
    const nowMs = this.nowMs;
    const options = this.#options;
    window?.add(nowMs, options.windowMs, consecutiveFailures > 0, slow);
    const totals = window?.totals(nowMs, options.windowMs);
    let maxFailureRate = options.failureRateThreshold;
    if (totals !== undefined && options.failureRateFactor !== undefined) {
      this.#usual ??= new UsualFailureRate();
      maxFailureRate = this.#usual.threshold(totals, nowMs, options);
    }
    const rule = trippedRule({ inRow: consecutiveFailures, totals, maxFailureRate }, options);
    if (rule === undefined) return;
    this.#openedMs = nowMs;
    this.#open({ openings: 1, consecutiveFailures }, rule);
  }

  #reopen(stay: HalfOpen, reason: TransitionReason): void {
    const consecutiveFailures = stay.consecutiveFailures + (reason === 'probe-failed' ? 1 : 0);
    this.#open({ openings: stay.openings + 1, consecutiveFailures }, reason);
  }

  #open(carried: Pick<Open, 'openings' | 'consecutiveFailures'>, reason: TransitionReason): void {
    const draw = this.#random();
    const untilMs = this.nowMs + coolDownOf(this.#options, carried.openings, draw);
    this.#enter({ kind: 'Open', untilMs, draw, ...carried }, reason);
  }

  #newClosed(): Closed {
    return { kind: 'Closed', run: undefined, window: createRateWindow(this.#options) };
  }

  #enter(next: Stay, reason: TransitionReason): void {
    const from = this.state;
    this.#stay = next;
    const to = this.state;
    if (from === to) return;
    this.history.transitions += 1;
    this.history.lastChangeEpochMs = this.clock.epochMs();
    const at = new Date(this.history.lastChangeEpochMs).toISOString();
    this.listeners.tell({ breaker: this.name, from, to, reason, at, retryAfterMs: this.retryAfterMs });
  }
}
