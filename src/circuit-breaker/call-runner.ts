import { CallMetrics } from './call-metrics.js';
import type { CallResult, CircuitBreakerError } from './call-result.js';
import type { Circuit } from './circuit.js';
import type { Stay } from './circuit-state.js';
import type { Classified, Classify } from './classify.js';
import type { Clock } from './clock.js';
import { Deadlines } from './deadlines.js';
import type { CallOptions } from './guarded-call.js';
import { slowFromMs } from './rate-rules.js';
import { type CallContext, type CallOwner, RunningCall } from './running-call.js';

export type Operation<R> = (signal: AbortSignal) => Promise<R>;

export interface CallRunnerPorts<E> {
  readonly name: string;
  readonly circuit: Circuit;
  readonly classify: Classify<E>;
  readonly clock: Clock;
  readonly captureContext: (() => CallContext) | undefined;
}

interface Judged<E> {
  readonly verdict: Classified<E>['verdict'];
  readonly error: CircuitBreakerError<E>;
}

/** For operations that declare no parameter: they have said that they do not look at it. */
const neverAborted = new AbortController().signal;

/** Runs admitted calls to their end: the first of an answer, the deadline and the caller's abort. */
export class CallRunner<E> implements CallOwner<E> {
  metrics = new CallMetrics();
  readonly #ports: CallRunnerPorts<E>;
  readonly #deadlines: Deadlines;
  #running = 0;

  constructor(ports: CallRunnerPorts<E>) {
    this.#ports = ports;
    this.#deadlines = new Deadlines(ports.clock);
  }

  get running(): number {
    return this.#running;
  }

  get earliestDeadlineMs(): number | undefined {
    return this.#deadlines.earliestMs;
  }

  run<R>(
    stay: Stay,
    operation: Operation<R>,
    options: CallOptions | undefined,
    startMs: number,
  ): Promise<CallResult<R, E>> {
    return new Promise((resolve) => {
      const call = new RunningCall<R, E>(this, stay, resolve, startMs, this.#timeoutOf(stay, options?.timeoutMs));
      this.#begin(call, options?.signal);
      try {
        Promise.resolve(operation(signalFor(call, operation))).then(
          (value) => this.#succeeded(call, value),
          (thrown: unknown) => this.#failed(call, thrown),
        );
      } catch (thrown) {
        this.#failed(call, thrown);
      }
    });
  }

  /** Answers for a caller who had given up before the dependency was asked. */
  abandon(reason: unknown): CircuitBreakerError<E> {
    this.metrics.ignored += 1;
    return this.#judge(reason).error;
  }

  expired(call: RunningCall<never, E>): void {
    if (!this.#end(call)) return;
    const { timeoutMs } = call;
    this.metrics.timedOut += 1;
    this.#settle(call, { verdict: 'failure', error: { kind: 'timeout', breaker: this.#ports.name, timeoutMs } });
    call.controller?.abort(new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError'));
  }

  aborted(call: RunningCall<never, E>): void {
    const reason: unknown = call.callerSignal?.reason;
    if (!this.#end(call)) return;
    this.#settle(call, { verdict: 'ignored', error: this.#judge(reason).error });
    call.controller?.abort(reason);
  }

  #begin(call: RunningCall<never, E>, callerSignal: AbortSignal | undefined): void {
    this.#running += 1;
    if (call.deadlineMs !== Number.POSITIVE_INFINITY) this.#deadlines.add(call, call.startMs);
    if (this.#ports.captureContext !== undefined) call.context = this.#ports.captureContext();
    if (callerSignal === undefined) return;
    call.callerSignal = callerSignal;
    callerSignal.addEventListener('abort', call);
  }

  /** Answers false for a call that has ended before. */
  #end(call: RunningCall<never, E>): boolean {
    if (call.ended) return false;
    call.ended = true;
    this.#running -= 1;
    this.#deadlines.remove(call);
    if (call.callerSignal !== undefined) call.callerSignal.removeEventListener('abort', call);
    return true;
  }

  #succeeded<R>(call: RunningCall<R, E>, value: R): void {
    if (!this.#end(call)) return;
    const { metrics } = this;
    const { circuit, clock } = this.#ports;
    metrics.successful += 1;
    const timed = circuit.readsTime || metrics.samples(call.startMs);
    const nowMs = timed ? clock.monotonicMs() : call.startMs;
    const slow = timed && this.#time(nowMs - call.startMs);
    if (!circuit.succeed(call.stay, slow, nowMs)) metrics.stale += 1;
    call.resolve({ ok: true, value });
  }

  #failed(call: RunningCall<never, E>, thrown: unknown): void {
    if (this.#end(call)) this.#settle(call, this.#judge(thrown));
  }

  #settle(call: RunningCall<never, E>, { verdict, error }: Judged<E>): void {
    const moved = verdict === 'ignored' ? this.#ignore(call) : this.#count(call, verdict);
    if (!moved) this.metrics.stale += 1;
    call.resolve({ ok: false, error });
  }

  #ignore(call: RunningCall<never, E>): boolean {
    this.metrics.ignored += 1;
    return this.#ports.circuit.ignore(call.stay);
  }

  #count(call: RunningCall<never, E>, verdict: 'failure' | 'success'): boolean {
    const { circuit, clock } = this.#ports;
    const nowMs = clock.monotonicMs();
    const slow = this.#time(nowMs - call.startMs);
    if (verdict === 'failure') {
      this.metrics.failed += 1;
      return circuit.fail(call.stay, slow, nowMs);
    }
    this.metrics.successful += 1;
    return circuit.succeed(call.stay, slow, nowMs);
  }

  /** Records how long a call took and answers whether that is slow. */
  #time(durationMs: number): boolean {
    this.metrics.responseTimes.record(durationMs);
    const slow = durationMs >= slowFromMs(this.#ports.circuit.options);
    if (slow) this.metrics.slow += 1;
    return slow;
  }

  #judge(thrown: unknown): Judged<E> {
    const breaker = this.#ports.name;
    try {
      const { verdict, error } = this.#ports.classify(thrown);
      return { verdict, error: { kind: 'operation-failed', breaker, cause: error } };
    } catch (cause) {
      return { verdict: 'failure', error: { kind: 'internal', breaker, cause } };
    }
  }

  #timeoutOf(stay: Stay, callerTimeoutMs = Number.POSITIVE_INFINITY): number {
    const { operationTimeoutMs, coolDownMs } = this.#ports.circuit.options;
    const endless = operationTimeoutMs === Number.POSITIVE_INFINITY && stay.kind === 'HalfOpen';
    return Math.min(endless ? coolDownMs : operationTimeoutMs, callerTimeoutMs);
  }
}

const signalFor = <R, E>(call: RunningCall<R, E>, operation: Operation<R>): AbortSignal => {
  if (operation.length === 0) return neverAborted;
  call.controller = new AbortController();
  return call.controller.signal;
};
