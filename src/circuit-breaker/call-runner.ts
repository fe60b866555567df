import { CallMetrics } from './call-metrics.js';
import { CallObservers, type CallOutcome } from './call-observers.js';
import type { CallResult, CircuitBreakerError } from './call-result.js';
import { CallSampling } from './call-sampling.js';
import type { Circuit } from './circuit.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import type { Classified, Classify } from './classify.js';
import type { Clock } from './clock.js';
import { Deadlines } from './deadlines.js';
import type { CallOptions } from './guarded-call.js';
import { slowFromMs } from './rate-rules.js';
import { type CallContext, RunningCall } from './running-call.js';

export type Operation<R> = (signal: AbortSignal) => Promise<R>;

export interface CallRunnerPorts<E> {
  readonly name: string;
  readonly circuit: Circuit;
  readonly classify: Classify<E>;
  readonly clock: Clock;
  readonly captureContext: (() => CallContext) | undefined;
}

/** A call of any value: what ends without one needs to know no more. */
type AnyCall<E> = RunningCall<never, E>;

type Ending = Exclude<CallOutcome, 'rejected'>;

interface Judged<E> {
  readonly verdict: Classified<E>['verdict'];
  readonly error: CircuitBreakerError<E>;
}

const unset = (): void => {};

/** For operations that declare no parameter: they have said that they do not look at it. */
const neverAborted = new AbortController().signal;

/** Runs admitted calls to their end: the first of an answer, the deadline and the caller's abort. */
export class CallRunner<E> {
  metrics = new CallMetrics();
  readonly observers = new CallObservers();
  readonly #ports: CallRunnerPorts<E>;
  readonly #circuit: Circuit;
  readonly #clock: Clock;
  readonly #sampling: CallSampling;
  readonly #deadlines: Deadlines<AnyCall<E>>;
  #running = 0;
  #maxConcurrent: number;
  #operationTimeoutMs: number;
  #slowFromMs: number;

  constructor(ports: CallRunnerPorts<E>) {
    const { circuit, clock } = ports;
    this.#ports = ports;
    this.#circuit = circuit;
    this.#clock = clock;
    this.#sampling = new CallSampling(clock);
    this.#deadlines = new Deadlines(clock, (call) => this.#expireInContext(call));
    this.#maxConcurrent = Number.POSITIVE_INFINITY;
    this.#operationTimeoutMs = circuit.options.operationTimeoutMs;
    this.#slowFromMs = 0;
    this.updateOptions(circuit.options);
  }

  get running(): number {
    return this.#running;
  }

  get isFull(): boolean {
    return this.#running >= this.#maxConcurrent;
  }

  /** Time until the first running call ends at the latest, at least 1 ms; `undefined` when no deadline is known. */
  get nextEndInMs(): number | undefined {
    const { earliestMs } = this.#deadlines;
    return earliestMs === undefined ? undefined : Math.max(1, Math.ceil(earliestMs - this.#clock.monotonicMs()));
  }

  updateOptions(options: CircuitBreakerOptions): void {
    this.#maxConcurrent = options.maxConcurrent ?? Number.POSITIVE_INFINITY;
    this.#operationTimeoutMs = options.operationTimeoutMs;
    this.#slowFromMs = slowFromMs(options);
  }

  /** Begins a call that has been admitted into `stay`. */
  run<R>(stay: Stay, operation: Operation<R>, options: CallOptions | undefined): Promise<CallResult<R, E>> {
    let resolve: (result: CallResult<R, E>) => void = unset;
    // The operation is not run inside the executor: V8 would spend a fifth more on each call, and stacks would be deeper.
    const promise = new Promise<CallResult<R, E>>((settle) => {
      resolve = settle;
    });
    const call = new RunningCall<R, E>(stay, resolve, this.#timeoutOf(stay, options), this.#startOf(options));
    this.#running += 1;
    if (call.startMs === undefined) this.#deadlines.addUndated(call);
    else this.#deadlines.add(call, call.startMs);
    const signal = this.#attach(call, operation.length > 0, options?.signal);
    try {
      Promise.resolve(operation(signal)).then(
        (value) => this.#succeeded(call, value),
        (thrown: unknown) => this.#failed(call, thrown),
      );
    } catch (thrown) {
      this.#failed(call, thrown);
    }
    return promise;
  }

  /** Counts a call that was refused. */
  reject(): void {
    this.metrics.rejected += 1;
    if (this.observers.any) this.observers.tell('rejected', 0);
  }

  /** Counts a call whose caller had given up before the dependency was asked. */
  giveUp(): void {
    this.metrics.ignored += 1;
    if (this.observers.any) this.observers.tell('ignored', 0);
  }

  /** Absent for a call that need not be timed; a deadline of the caller's own is counted from its very beginning. */
  #startOf(options: CallOptions | undefined): number | undefined {
    const everyCall = this.#slowFromMs !== Number.POSITIVE_INFINITY || this.observers.any;
    return everyCall || options?.timeoutMs !== undefined ? this.#clock.monotonicMs() : this.#sampling.look();
  }

  #timeoutOf(stay: Stay, options: CallOptions | undefined): number {
    const endless = this.#operationTimeoutMs === Number.POSITIVE_INFINITY && stay.kind === 'HalfOpen';
    const ownMs = endless ? this.#circuit.options.coolDownMs : this.#operationTimeoutMs;
    return options?.timeoutMs === undefined ? ownMs : Math.min(ownMs, options.timeoutMs);
  }

  #attach(call: AnyCall<E>, takesSignal: boolean, callerSignal: AbortSignal | undefined): AbortSignal {
    const { captureContext } = this.#ports;
    if (!takesSignal && callerSignal === undefined && captureContext === undefined) return neverAborted;
    const controller = takesSignal ? new AbortController() : undefined;
    const onCallerAbort = callerSignal === undefined ? unset : () => this.#abort(call, callerSignal.reason);
    callerSignal?.addEventListener('abort', onCallerAbort);
    call.attachments = { controller, callerSignal, onCallerAbort, context: captureContext?.() };
    return controller === undefined ? neverAborted : controller.signal;
  }

  /** Ends a call and answers who waits for it, or `undefined` when it had ended before. */
  #end<R>(call: RunningCall<R, E>): RunningCall<R, E>['resolve'] {
    const { resolve, deadline, attachments } = call;
    if (resolve === undefined) return undefined;
    call.resolve = undefined;
    this.#running -= 1;
    if (deadline !== undefined) this.#deadlines.remove(deadline);
    if (attachments !== undefined) attachments.callerSignal?.removeEventListener('abort', attachments.onCallerAbort);
    return resolve;
  }

  #succeeded<R>(call: RunningCall<R, E>, value: R): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const slow = this.#time(call.startMs, 'success');
    this.metrics.successful += 1;
    if (!this.#circuit.succeed(call.stay, slow)) this.metrics.stale += 1;
    resolve({ ok: true, value });
  }

  #failed(call: AnyCall<E>, thrown: unknown): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const { verdict, error } = this.judge(thrown);
    this.#settle(call, verdict);
    resolve({ ok: false, error });
  }

  #expireInContext(call: AnyCall<E>): void {
    const context = call.attachments?.context;
    if (context === undefined) this.#expire(call);
    else context(() => this.#expire(call));
  }

  #expire(call: AnyCall<E>): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    const { timeoutMs, attachments } = call;
    this.#settle(call, 'timeout');
    resolve({ ok: false, error: { kind: 'timeout', breaker: this.#ports.name, timeoutMs } });
    attachments?.controller?.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError'));
  }

  #abort(call: AnyCall<E>, reason: unknown): void {
    const resolve = this.#end(call);
    if (resolve === undefined) return;
    this.#settle(call, 'ignored');
    resolve({ ok: false, error: this.judge(reason).error });
    call.attachments?.controller?.abort(reason);
  }

  #settle({ stay, startMs }: AnyCall<E>, outcome: Ending): void {
    const slow = this.#time(startMs, outcome);
    if (!this.#count(stay, slow, outcome)) this.metrics.stale += 1;
  }

  #count(stay: Stay, slow: boolean, outcome: Ending): boolean {
    switch (outcome) {
      case 'ignored':
        this.metrics.ignored += 1;
        return this.#circuit.ignore(stay);
      case 'success':
        this.metrics.successful += 1;
        return this.#circuit.succeed(stay, slow);
      case 'timeout':
        this.metrics.timedOut += 1;
        this.metrics.failed += 1;
        return this.#circuit.fail(stay, slow);
      case 'failure':
        this.metrics.failed += 1;
        return this.#circuit.fail(stay, slow);
    }
  }

  /** Records how long a timed call took, unless that says nothing, and answers whether it is slow. */
  #time(startMs: number | undefined, outcome: Ending): boolean {
    if (startMs === undefined) return false;
    const durationMs = this.#clock.monotonicMs() - startMs;
    if (this.observers.any) this.observers.tell(outcome, durationMs);
    if (outcome === 'ignored') return false;
    this.metrics.responseTimes.record(durationMs);
    if (durationMs < this.#slowFromMs) return false;
    this.metrics.slow += 1;
    return true;
  }

  /** What a thrown value means; a classifier that throws itself is a failure. */
  judge(thrown: unknown): Judged<E> {
    const breaker = this.#ports.name;
    try {
      const { verdict, error } = this.#ports.classify(thrown);
      return { verdict, error: { kind: 'operation-failed', breaker, cause: error } };
    } catch (cause) {
      return { verdict: 'failure', error: { kind: 'internal', breaker, cause } };
    }
  }
}
