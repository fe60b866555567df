import type { Clock } from '../time/clock.js';
import type { CallResult, CircuitBreakerError } from './call-errors.js';
import type { CallLedger } from './call-ledger.js';
import type { Circuit } from './circuit.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import { type CallOptions, type Classified, type Classify, type Judged, judge } from './guarded-call.js';
import { ImpatientCalls, isImpatient } from './impatient-calls.js';
import { Deadlines, RunningCall } from './running-call.js';
import { CallRate, type WaitingCall, WaitingCalls } from './waiting-calls.js';

interface RunningCallsPorts<E> {
  readonly circuit: Circuit;
  readonly ledger: CallLedger;
  readonly classify: Classify<E>;
  readonly clock: Clock;
}

/** A call of any value: what ends without one needs to know no more. */
type AnyCall<E> = RunningCall<never, E>;

/** How a call ends before its operation has answered; the operation's signal is aborted with `reason`. */
interface Cut<E> {
  readonly ending: 'timeout' | 'ignored';
  readonly error: CircuitBreakerError<E>;
  readonly reason: unknown;
}

/** More calls at once than memory could hold; a small integer, which compares faster than `Infinity`. */
const unlimited = 2 ** 30;

/** Brings admitted calls to their end: the first of an answer, the deadline and the caller's abort. */
export class RunningCalls<E> {
  readonly #circuit: Circuit;
  readonly ledger: CallLedger;
  readonly #classify: Classify<E>;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines<AnyCall<E>>;
  #rate: CallRate | undefined;
  /** Present after the first miss. */
  impatient: ImpatientCalls | undefined;
  /** Present after the first call that waited. */
  #waiting: WaitingCalls | undefined;
  /** The running calls, in the order in which they began; present after the first. */
  #probes: Set<AnyCall<E>> | undefined;
  #count = 0;
  #maxConcurrent: number;
  #operationTimeoutMs: number;

  constructor({ circuit, ledger, classify, clock }: RunningCallsPorts<E>) {
    this.#circuit = circuit;
    this.ledger = ledger;
    this.#classify = classify;
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, this);
    this.#maxConcurrent = circuit.options.maxConcurrent ?? unlimited;
    this.#operationTimeoutMs = circuit.options.operationTimeoutMs;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether a further call is refused, because too many run or began of late, or waits, because others do. */
  get isFull(): boolean {
    return this.#count >= this.#maxConcurrent || this.#rateWaitMs > 0 || this.#waiting !== undefined;
  }

  get waiting(): number {
    return this.#waiting?.count ?? 0;
  }

  /** Puts a call in line. One that makes it longer than `most` has the last one refused. */
  wait(call: WaitingCall, most: number): void {
    this.#waiting ??= new WaitingCalls({
      circuit: this.#circuit,
      clock: this.#clock,
      waitMs: () => (this.#count >= this.#maxConcurrent ? Infinity : this.#rateWaitMs),
      serve: () => this.serve(),
    });
    this.#waiting.add(call);
    this.serve();
    if (this.waiting > most) this.#waiting?.refuseLast();
  }

  /** For one that waits no more. */
  leave(call: WaitingCall): void {
    this.#waiting?.remove(call);
    this.serve();
  }

  /** Begins what waits and may begin now. */
  serve(): void {
    this.#waiting?.serve();
    if (this.#waiting?.count === 0) this.#waiting = undefined;
  }

  /** Time until a slot that a call was refused for is free again at the latest, at least 1 ms; `undefined` without a deadline. */
  get nextSlotInMs(): number | undefined {
    const waitMs = this.#rateWaitMs;
    if (waitMs > 0 && this.#count < this.#maxConcurrent) return Math.ceil(waitMs);
    const earliestMs = this.isFull
      ? this.#deadlines.earliestMs
      : Math.min(...this.#probesNow().map(({ atMs }) => atMs));
    return earliestMs === Infinity ? undefined : Math.max(1, Math.ceil(earliestMs - this.#clock.monotonicMs()));
  }

  updateOptions({ maxConcurrent = unlimited, operationTimeoutMs }: CircuitBreakerOptions): void {
    this.#maxConcurrent = maxConcurrent;
    this.#operationTimeoutMs = operationTimeoutMs;
  }

  /** Ends the oldest probe whose caller has less time than is fair, so that another has its slot. Answers whether there was one. */
  displaceImpatientProbe(): boolean {
    const call = this.#probesNow().find(({ impatient }) => impatient);
    if (call === undefined) return false;
    const reason = new DOMException('A call with more time needs its place', 'AbortError');
    const error = { kind: 'too-many-concurrent-requests', breaker: this.#circuit.name, retryAfterMs: 1 } as const;
    this.#cutShort(call, { ending: 'ignored', error, reason });
    return true;
  }

  /** Begins a call that has been admitted into `stay`. */
  begin<R>(stay: Stay, resolve: (result: CallResult<R, E>) => void, options?: CallOptions): RunningCall<R, E> {
    const startMs = this.#clock.monotonicMs();
    const timeoutMs = this.#timeoutOf(stay, options?.timeoutMs);
    const impatient = options?.timeoutMs !== undefined && isImpatient(options.timeoutMs, this.#circuit.options);
    const call = new RunningCall<R, E>(stay, resolve, startMs, timeoutMs, impatient);
    if (stay.kind === 'HalfOpen') {
      this.#probes ??= new Set();
      this.#probes.add(call);
    }
    const { maxCallsPerSecond } = this.#circuit.options;
    if (maxCallsPerSecond !== undefined) {
      this.#rate ??= new CallRate();
      this.#rate.take(startMs, maxCallsPerSecond);
    }
    this.#count += 1;
    if (timeoutMs !== Infinity) this.#deadlines.add(call, startMs);
    return call;
  }

  /** Ends the call with what its operation answers. */
  follow<R>(call: RunningCall<R, E>, answer: Promise<R>): void {
    Promise.resolve(answer).then(
      (value) => this.succeed(call, value),
      (thrown: unknown) => this.fail(call, thrown),
    );
  }

  /** Ends the call, and aborts its operation, when its caller gives up. */
  listen(call: AnyCall<E>, callerSignal: AbortSignal): void {
    const onAbort = (): void => {
      const { reason } = callerSignal;
      const cut = { ending: 'ignored', error: this.judge(reason).error, reason } as const;
      call.runInAsyncScope(() => this.#cutShort(call, cut));
    };
    call.stopListening = () => callerSignal.removeEventListener('abort', onAbort);
    callerSignal.addEventListener('abort', onAbort);
  }

  succeed<R>(call: RunningCall<R, E>, value: R): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    this.impatient?.forget();
    this.#settle(call, 'success', '');
    resolve({ ok: true, value });
    this.serve();
  }

  fail(call: AnyCall<E>, thrown: unknown): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const { verdict, error, reason } = this.judge(thrown);
    this.#settle(call, verdict, reason);
    resolve({ ok: false, error });
    this.serve();
  }

  expire(call: AnyCall<E>): void {
    call.runInAsyncScope(() => this.#timeOut(call));
  }

  judge(thrown: unknown): Judged<E> {
    return judge(thrown, this.#circuit.name, this.#classify);
  }

  get #rateWaitMs(): number {
    const { maxCallsPerSecond } = this.#circuit.options;
    if (maxCallsPerSecond === undefined || this.#rate === undefined) return 0;
    return this.#rate.waitMs(this.#clock.monotonicMs(), maxCallsPerSecond);
  }

  /** Those of the present generation stay, oldest first. */
  #probesNow(): readonly AnyCall<E>[] {
    return [...(this.#probes ?? [])].filter(({ stay }) => stay === this.#circuit.stay);
  }

  #timeOut(call: AnyCall<E>): void {
    const { timeoutMs, impatient } = call;
    const reason = new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError');
    if (impatient) {
      this.impatient ??= new ImpatientCalls(this.#clock);
      this.impatient.missed(timeoutMs, this.#circuit.options);
    }
    const ending = impatient ? 'ignored' : 'timeout';
    this.#cutShort(call, { ending, error: { kind: 'timeout', breaker: this.#circuit.name, timeoutMs }, reason });
  }

  /** Ends a call that has not been answered yet, and tells its operation. */
  #cutShort(call: AnyCall<E>, { ending, error, reason }: Cut<E>): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    this.#settle(call, ending, ending);
    resolve({ ok: false, error });
    call.controller.abort(reason);
    this.serve();
  }

  /** Answers who waits for the call, or `undefined` for a call that has ended before. */
  #end<R>(call: RunningCall<R, E>): RunningCall<R, E>['resolve'] {
    const { resolve } = call;
    if (resolve === undefined) return undefined;
    call.resolve = undefined;
    this.#count -= 1;
    if (call.timeoutMs !== Infinity) this.#deadlines.remove(call);
    this.#probes?.delete(call);
    call.stopListening?.();
    return resolve;
  }

  #settle({ stay, startMs }: AnyCall<E>, outcome: Classified<E>['verdict'] | 'timeout', reason: string): void {
    const slow = this.ledger.end(outcome, startMs, this.#clock.monotonicMs(), reason);
    if (!this.#move(stay, outcome, slow)) this.ledger.counts.stale += 1;
  }

  #move(stay: Stay, ending: Classified<E>['verdict'] | 'timeout', slow: boolean): boolean {
    if (ending === 'ignored') return this.#circuit.ignore(stay);
    return ending === 'success' ? this.#circuit.succeed(stay, slow) : this.#circuit.fail(stay, slow);
  }

  #timeoutOf(stay: Stay, callerTimeoutMs = Number.POSITIVE_INFINITY): number {
    const endless = this.#operationTimeoutMs === Number.POSITIVE_INFINITY && stay.kind === 'HalfOpen';
    return Math.min(endless ? this.#circuit.options.coolDownMs : this.#operationTimeoutMs, callerTimeoutMs);
  }
}
