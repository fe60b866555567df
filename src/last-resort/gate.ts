import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { ManagedBreaker } from '../circuit-breaker/circuit-breaker.js';
import { type CallOptions, type Classify, type GuardedCall, judge } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import type { Caller, InsistOptions, Tried } from './gate-caller.js';
import { type GateOptions, gateOptions } from './gate-options.js';
import { GateCalls, type GateOutcome, type GateSnapshot } from './gate-snapshot.js';
import { type GateReadings, GateTurns } from './gate-turns.js';

export interface GateParts<E> {
  readonly name: string;
  readonly options?: Partial<GateOptions>;
  readonly classify: Classify<E>;
  readonly clock: Clock;
  /** The breaker of the ordinary way: whoever is answered there opens the gate. */
  readonly beside?: Pick<ManagedBreaker, 'observeCalls'>;
  /** Told of each call that is let through, and of each caller that goes without. */
  readonly onCall?: (outcome: GateOutcome) => void;
}

/** With less time than this no try is begun for a caller. */
const leastTryMs = 50;

/**
 * The way of last resort beside a circuit breaker. It refuses nobody for what happened to others: while it works many pass at once;
 * after a failure one try begins every `spacingMs`, and who does not get in waits within its own time, oldest first. A try that
 * fails puts its caller back in line. So a dependency that is really down sees in any T milliseconds no more than
 * `maxConcurrent + 1 + T / spacingMs` calls.
 */
export class Gate<E> implements GuardedCall<unknown, E>, GateReadings {
  readonly name: string;
  readonly #options: GateOptions;
  readonly #classify: Classify<E>;
  readonly #clock: Clock;
  readonly #turns: GateTurns;
  readonly #calls: GateCalls;
  readonly #callers = new Set<Caller<E>>();
  /** Of the callers, those that wait for their turn, oldest first. */
  #waiting: Caller<E>[] = [];
  #cancelLook = (): void => {};

  constructor({ name, options, classify, clock, beside, onCall }: GateParts<E>) {
    this.name = name;
    this.#calls = new GateCalls(onCall);
    this.#options = { ...gateOptions, ...options };
    this.#classify = classify;
    this.#clock = clock;
    this.#turns = new GateTurns(this.#options, clock);
    beside?.observeCalls((outcome) => {
      if (outcome === 'success') this.answered();
    });
  }

  get works(): boolean {
    return this.#turns.works;
  }

  get isHopeless(): boolean {
    return this.#turns.isHopeless;
  }

  get isProven(): boolean {
    return this.#turns.isProven;
  }

  /** How many callers wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** For operators; no call is made or refused on its account. */
  snapshot(): GateSnapshot {
    const state = this.works ? 'working' : 'one-at-a-time';
    return { state, waiting: this.waiting, ...this.#calls.counts };
  }

  /** Tries until one succeeds, the dependency says that no repeat helps, or the caller's time is up. Never rejects. */
  insist<R>(operation: (signal: AbortSignal) => Promise<R>, options: InsistOptions): Promise<CallResult<R, E>> {
    const { timeoutMs, worthWaiting = () => true, signal, onTry } = options;
    if (timeoutMs < leastTryMs || signal?.aborted) return Promise.resolve(this.#timedOut(timeoutMs));
    if (this.#waiting.length >= this.#options.maxWaiting) return Promise.resolve(this.#refuse());
    return new Promise((resolve) => {
      const end = () => this.#dismiss(caller, this.#timedOut(timeoutMs));
      const cancelTimer = this.#clock.startTimer(timeoutMs, () => {
        if (caller.tries === 0) this.#calls.count('refused');
        end();
      });
      signal?.addEventListener('abort', end);
      const caller: Caller<E> = {
        attempt: async () => {
          const trying = this.#try(operation);
          onTry?.(trying);
          const tried = await trying;
          if (tried.result.ok) resolve(tried.result);
          return tried;
        },
        deadlineMs: this.#clock.monotonicMs() + timeoutMs,
        worthWaiting,
        leave: (result) => {
          cancelTimer();
          signal?.removeEventListener('abort', end);
          if (result !== 'answered') resolve(result);
        },
        isGone: false,
        tryingSinceMs: undefined,
        tries: 0,
        lastError: undefined,
      };
      this.#callers.add(caller);
      this.#waiting.push(caller);
      this.#advance();
    });
  }

  /** One try, now or not at all: `circuit-open` when others wait or its turn has not come. Never rejects. */
  async call<R>(
    operation: (signal: AbortSignal) => Promise<R>,
    { timeoutMs = Number.POSITIVE_INFINITY }: CallOptions = {},
  ): Promise<CallResult<R, E>> {
    if (this.#waiting.length > 0 || !this.#turns.mayStart()) return this.#refuse();
    const trying = this.#try(operation);
    if (timeoutMs >= this.#options.tryTimeoutMs) return (await trying).result;
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.startTimer(timeoutMs, () => resolve(this.#timedOut(timeoutMs)));
      void trying.then(({ result }) => resolve(result)).finally(cancelTimer);
    });
  }

  /** The dependency answered somebody who did not come this way: whoever waits may try now. */
  answered(): void {
    if (!this.#turns.answered()) return;
    this.#turnAgain();
    this.#advance();
  }

  /** A try runs on to its own end, however little time its caller has: a short deadline would say nothing about the dependency. */
  #try<R>(operation: (signal: AbortSignal) => Promise<R>): Promise<Tried<R, E>> {
    const { tryTimeoutMs } = this.#options;
    const one = this.#turns.begin();
    this.#calls.count('passed');
    const controller = new AbortController();
    return new Promise((resolve) => {
      let hasEnded = false;
      const end = (tried: Tried<R, E>): void => {
        if (hasEnded) return;
        hasEnded = true;
        cancelTimer();
        const recovered = this.#turns.end(one, tried.verdict);
        resolve(tried);
        if (recovered) this.#turnAgain();
      };
      const cancelTimer = this.#clock.startTimer(tryTimeoutMs, () => {
        end({ verdict: 'failure', result: this.#timedOut(tryTimeoutMs) });
        controller.abort(new DOMException(`No answer within ${tryTimeoutMs} ms`, 'TimeoutError'));
      });
      new Promise<R>((run) => run(operation(controller.signal))).then(
        (value) => end({ verdict: 'success', result: { ok: true, value } }),
        (thrown: unknown) => {
          const { verdict, error } = judge(thrown, this.name, this.#classify);
          end({ verdict, result: { ok: false, error } });
        },
      );
    });
  }

  /** Begins what may begin, sends away who waits in vain, and looks again when the next turn comes. */
  #advance(): void {
    while (this.#turns.mayStart()) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      void this.#attempt(next);
    }
    if (this.#turns.isHopeless) this.#dismissImpatient();
    this.#cancelLook();
    if (this.#callers.size === 0) return;
    this.#cancelLook = this.#clock.startTimer(this.#turns.lookInMs, () => this.#advance());
  }

  /** Others are answered again: who still hangs in an old try has a new turn. */
  #turnAgain(): void {
    const longAgoMs = this.#clock.monotonicMs() - this.#options.spacingMs;
    for (const caller of this.#callers) {
      if (caller.tryingSinceMs === undefined || caller.tryingSinceMs > longAgoMs) continue;
      caller.tries += 1;
      caller.tryingSinceMs = undefined;
      this.#waiting.push(caller);
    }
  }

  async #attempt(caller: Caller<E>): Promise<void> {
    caller.tryingSinceMs = this.#clock.monotonicMs();
    caller.tries += 1;
    const { tries } = caller;
    const { verdict, result } = await caller.attempt();
    if (!result.ok && tries !== caller.tries) return;
    caller.tryingSinceMs = undefined;
    if (!result.ok) caller.lastError = result.error;
    const mayTryAgain = verdict === 'failure' && caller.deadlineMs - this.#clock.monotonicMs() >= leastTryMs;
    if (result.ok) this.#dismiss(caller, 'answered');
    else if (!mayTryAgain) this.#dismiss(caller, result);
    else if (!caller.isGone) this.#waiting.push(caller);
    this.#advance();
  }

  /** Who waits for a turn that will hardly help, or has waited for its try for a while. */
  #dismissImpatient(): void {
    const longAgoMs = this.#clock.monotonicMs() - this.#options.patienceMs;
    for (const caller of [...this.#callers]) {
      const { tryingSinceMs } = caller;
      if (tryingSinceMs !== undefined && tryingSinceMs > longAgoMs) continue;
      if (caller.worthWaiting()) continue;
      if (caller.tries === 0) this.#calls.count('refused');
      this.#dismiss(caller, this.#refusal());
    }
  }

  /** Ends a caller's waiting: with the last error it met, if it met one. */
  #dismiss(caller: Caller<E>, result: CallResult<never, E> | 'answered'): void {
    if (caller.isGone) return;
    caller.isGone = true;
    this.#callers.delete(caller);
    this.#waiting = this.#waiting.filter((each) => each !== caller);
    const { lastError } = caller;
    caller.leave(result === 'answered' || lastError === undefined ? result : { ok: false, error: lastError });
  }

  #timedOut(timeoutMs: number): CallResult<never, E> {
    return { ok: false, error: { kind: 'timeout', breaker: this.name, timeoutMs: Math.max(0, timeoutMs) } };
  }

  #refuse(): CallResult<never, E> {
    this.#calls.count('refused');
    return this.#refusal();
  }

  #refusal(): CallResult<never, E> {
    return { ok: false, error: { kind: 'circuit-open', breaker: this.name, retryAfterMs: this.#options.tryTimeoutMs } };
  }
}
