import type { Clock } from '../time/clock.js';
import type { CallLedger } from './call-ledger.js';
import type { CallResult, CircuitBreakerError } from './call-result.js';
import type { Circuit } from './circuit.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import type { Classified, Classify } from './classify.js';
import { Deadlines } from './deadlines.js';
import type { CallOptions } from './guarded-call.js';
import type { ImpatientCalls } from './impatient-calls.js';
import { type CallContext, RunningCall } from './running-call.js';

export interface RunningCallsPorts<E> {
  readonly name: string;
  readonly circuit: Circuit;
  readonly impatient: ImpatientCalls;
  readonly ledger: CallLedger;
  readonly classify: Classify<E>;
  readonly clock: Clock;
  readonly captureContext: (() => CallContext) | undefined;
}

/** A call of any value: what ends without one needs to know no more. */
type AnyCall<E> = RunningCall<never, E>;

interface Judged<E> {
  readonly verdict: Classified<E>['verdict'];
  readonly error: CircuitBreakerError<E>;
  readonly reason: string;
}

/** How a call ends before its operation has answered; the operation's signal is aborted with `reason`. */
interface Cut<E> {
  readonly ending: 'timeout' | 'ignored';
  readonly error: CircuitBreakerError<E>;
  readonly reason: unknown;
}

/** More calls at once than memory could hold; a small integer, which compares faster than `Infinity`. */
const unlimited = 2 ** 30;

const neverAborted = new AbortController().signal;

/** Brings admitted calls to their end: the first of an answer, the deadline and the caller's abort. */
export class RunningCalls<E> {
  readonly #name: string;
  readonly #circuit: Circuit;
  readonly #impatient: ImpatientCalls;
  readonly #ledger: CallLedger;
  readonly #classify: Classify<E>;
  readonly #clock: Clock;
  readonly #captureContext: (() => CallContext) | undefined;
  readonly #deadlines: Deadlines<AnyCall<E>>;
  /** In the order in which they began. */
  readonly #impatientProbes = new Set<AnyCall<E>>();
  #count = 0;
  #maxConcurrent: number;
  #operationTimeoutMs: number;

  constructor({ name, circuit, impatient, ledger, classify, clock, captureContext }: RunningCallsPorts<E>) {
    this.#name = name;
    this.#circuit = circuit;
    this.#impatient = impatient;
    this.#ledger = ledger;
    this.#classify = classify;
    this.#clock = clock;
    this.#captureContext = captureContext;
    this.#deadlines = new Deadlines(clock, this, circuit.options.operationTimeoutMs);
    this.#maxConcurrent = circuit.options.maxConcurrent ?? unlimited;
    this.#operationTimeoutMs = circuit.options.operationTimeoutMs;
  }

  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count >= this.#maxConcurrent;
  }

  /** Time until the first running call ends at the latest, at least 1 ms; `undefined` when no deadline is known. */
  get nextEndInMs(): number | undefined {
    const { earliestMs } = this.#deadlines;
    return earliestMs === Infinity ? undefined : Math.max(1, Math.ceil(earliestMs - this.#clock.monotonicMs()));
  }

  updateOptions({ maxConcurrent = unlimited, operationTimeoutMs }: CircuitBreakerOptions): void {
    this.#maxConcurrent = maxConcurrent;
    this.#operationTimeoutMs = operationTimeoutMs;
    this.#deadlines.usualTimeoutMs = operationTimeoutMs;
  }

  /** Ends the oldest probe whose caller has less time than is fair, so that another has its slot. Answers whether there was one. */
  displaceImpatientProbe(): boolean {
    const call = [...this.#impatientProbes].find(({ stay }) => stay === this.#circuit.stay);
    if (call === undefined) return false;
    const reason = new DOMException('A call with more time needs its place', 'AbortError');
    const error = { kind: 'too-many-concurrent-requests', breaker: this.#name, retryAfterMs: 1 } as const;
    this.#cutShort(call, { ending: 'ignored', error, reason });
    return true;
  }

  /** Begins a call that has been admitted into `stay`. Timed unless all is well and its deadline is the usual one. */
  begin<R>(stay: Stay, resolve: (result: CallResult<R, E>) => void, options?: CallOptions): RunningCall<R, E> {
    const sampled = options === undefined && stay === this.#circuit.calm;
    const startMs = sampled ? this.#ledger.sampledStartMs() : this.#clock.monotonicMs();
    const deadline =
      startMs === undefined
        ? this.#deadlines.ofThisTurn()
        : this.#deadlines.after(startMs, this.#timeoutOf(stay, options?.timeoutMs));
    const impatient = options?.timeoutMs !== undefined && this.#impatient.covers(options.timeoutMs);
    const call = new RunningCall<R, E>({ stay, resolve, startMs, deadline, impatient });
    if (impatient && stay.kind === 'HalfOpen') this.#impatientProbes.add(call);
    this.#count += 1;
    this.#deadlines.add(call);
    return call;
  }

  /** The signal for the call's operation. One that declares no parameter has said that it does not look at it. */
  signalFor(call: AnyCall<E>, takesSignal: boolean, callerSignal: AbortSignal | undefined): AbortSignal {
    const plain = !takesSignal && callerSignal === undefined && this.#captureContext === undefined;
    return plain ? neverAborted : this.#attach(call, takesSignal, callerSignal);
  }

  succeed<R>(call: RunningCall<R, E>, value: R): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const slow = this.#ledger.succeed(call.startMs);
    this.#impatient.forget();
    if (!this.#circuit.succeed(call.stay, slow)) this.#ledger.counts.stale += 1;
    resolve({ ok: true, value });
  }

  fail(call: AnyCall<E>, thrown: unknown): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const { verdict, error, reason } = this.judge(thrown);
    this.#settle(call, verdict, reason);
    resolve({ ok: false, error });
  }

  expire(call: AnyCall<E>): void {
    const context = call.attachments?.context;
    if (context === undefined) this.#timeOut(call);
    else context(() => this.#timeOut(call));
  }

  /** What a thrown value means; a classifier that throws itself is a failure, and the thrown value is not lost. */
  judge(thrown: unknown): Judged<E> {
    const breaker = this.#name;
    try {
      const { verdict, error, reason = 'failed' } = this.#classify(thrown);
      return { verdict, error: { kind: 'operation-failed', breaker, cause: error }, reason };
    } catch (classifierError) {
      return {
        verdict: 'failure',
        error: { kind: 'internal', breaker, cause: thrown, classifierError },
        reason: 'internal',
      };
    }
  }

  #attach(call: AnyCall<E>, takesSignal: boolean, callerSignal: AbortSignal | undefined): AbortSignal {
    const controller = takesSignal ? new AbortController() : undefined;
    const stopListening = callerSignal === undefined ? undefined : this.#listen(call, callerSignal);
    call.attachments = { controller, stopListening, context: this.#captureContext?.() };
    return controller === undefined ? neverAborted : controller.signal;
  }

  #listen(call: AnyCall<E>, callerSignal: AbortSignal): () => void {
    const onAbort = (): void => {
      const { reason } = callerSignal;
      this.#cutShort(call, { ending: 'ignored', error: this.judge(reason).error, reason });
    };
    callerSignal.addEventListener('abort', onAbort);
    return () => callerSignal.removeEventListener('abort', onAbort);
  }

  #timeOut(call: AnyCall<E>): void {
    const { deadline, impatient } = call;
    const { timeoutMs } = deadline;
    const reason = new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError');
    if (impatient) this.#impatient.missed(timeoutMs);
    const ending = impatient ? 'ignored' : 'timeout';
    this.#cutShort(call, { ending, error: { kind: 'timeout', breaker: this.#name, timeoutMs }, reason });
  }

  /** Ends a call that has not been answered yet, and tells its operation. */
  #cutShort(call: AnyCall<E>, { ending, error, reason }: Cut<E>): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    this.#settle(call, ending, ending);
    resolve({ ok: false, error });
    call.attachments?.controller?.abort(reason);
  }

  /** Answers who waits for the call, or `undefined` for a call that has ended before. */
  #end<R>(call: RunningCall<R, E>): RunningCall<R, E>['resolve'] {
    const { resolve, attachments } = call;
    if (resolve === undefined) return undefined;
    call.resolve = undefined;
    this.#count -= 1;
    this.#deadlines.remove(call);
    if (call.impatient) this.#impatientProbes.delete(call);
    attachments?.stopListening?.();
    return resolve;
  }

  #settle({ stay, startMs }: AnyCall<E>, ending: Classified<E>['verdict'] | 'timeout', reason: string): void {
    const slow = this.#ledger.end(ending, startMs, reason);
    if (!this.#move(stay, ending, slow)) this.#ledger.counts.stale += 1;
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
