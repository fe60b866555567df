import type { CallResult, CircuitBreakerError } from './call-errors.js';
import { CallLedger, type CallOutcome } from './call-ledger.js';
import type { Circuit } from './circuit.js';
import type { Stay } from './circuit-state.js';
import { type Classify, type Judged, judge } from './guarded-call.js';
import { isImpatient, Refusals } from './refusals.js';
import { type AnyCall, Deadlines, RunningCall } from './running-call.js';
import { type Turn, WaitingCalls } from './waiting-calls.js';

/** More calls at once than memory could hold; a small integer, which compares faster than `Infinity`. */
const unlimited = 2 ** 30;

const secondMs = 1_000;

type Outcome = Exclude<CallOutcome, 'rejected'>;

/** Brings admitted calls to their end: the first of an answer, the deadline and the caller's abort. */
export class RunningCalls<E> {
  readonly #circuit: Circuit;
  readonly ledger: CallLedger;
  readonly refusals: Refusals<E>;
  readonly #classify: Classify<E>;
  readonly #deadlines: Deadlines<AnyCall<E>>;
  /** When every call so far has had its share of `maxCallsPerSecond`. */
  #spentUntilMs = Number.NEGATIVE_INFINITY;
  /** Present after the first call that waited. */
  #waiting: WaitingCalls | undefined;
  /** The running probes of any stay, in the order in which they began; present after the first. */
  #probes: Set<AnyCall<E>> | undefined;
  #count = 0;

  constructor(circuit: Circuit, classify: Classify<E>) {
    this.#circuit = circuit;
    this.ledger = new CallLedger(circuit);
    this.refusals = new Refusals(circuit, this.ledger, classify);
    this.#classify = classify;
    this.#deadlines = new Deadlines(circuit.clock, this);
  }

  get count(): number {
    return this.#count;
  }

  get waiting(): number {
    return this.#waiting?.count ?? 0;
  }

  /** Puts a call in line. One that makes it longer than `most` has the last one refused. */
  wait(turn: Turn, most: number): void {
    this.#waiting ??= new WaitingCalls(this.#circuit, this);
    this.#waiting.add(turn, most);
  }

  /** Begins what waits and may begin now. */
  serve(): void {
    this.#waiting?.serve();
  }

  /** Time until a slot that a call was refused for is free again at the latest, at least 1 ms; `undefined` without a deadline. */
  get nextSlotInMs(): number | undefined {
    const { waitMs } = this;
    if (waitMs > 0 && waitMs < Infinity) return Math.ceil(waitMs);
    const isFull = waitMs > 0 || this.waiting > 0;
    const earliestMs = isFull ? this.#deadlines.earliestMs : Math.min(...this.#probesNow().map(({ atMs }) => atMs));
    return earliestMs === Infinity ? undefined : Math.max(1, Math.ceil(earliestMs - this.#circuit.nowMs));
  }

  /** The stay that a call beginning now belongs to, or `undefined` when no slot is free for it. */
  admit(timeoutMs?: number): Stay | undefined {
    if (this.waitMs > 0 || this.waiting > 0) return undefined;
    return this.takeSlot() ?? this.#takeSlotOfImpatient(timeoutMs);
  }

  /** The stay that a call beginning now belongs to, whoever waits. */
  takeSlot(): Stay | undefined {
    const stay = this.#circuit.admit();
    if (stay?.kind !== 'HalfOpen') return stay;
    const { halfOpenMaxConcurrent: most } = this.#circuit.options;
    const { size = 0 } = this.#probes ?? {};
    return size < most || this.#probesNow().length < most ? stay : undefined;
  }

  /** Begins a call that has been admitted into `stay`. */
  begin<R>(stay: Stay, callerTimeoutMs: number | undefined): RunningCall<R, E> {
    const { options } = this.#circuit;
    const startMs = this.#circuit.nowMs;
    const timeoutMs = this.#timeoutOf(stay, callerTimeoutMs);
    const impatient = isImpatient(options, callerTimeoutMs);
    const call = new RunningCall<R, E>(stay, startMs, timeoutMs, impatient);
    if (stay.kind === 'HalfOpen') {
      this.#probes ??= new Set();
      this.#probes.add(call);
    }
    const { maxCallsPerSecond } = options;
    if (maxCallsPerSecond !== undefined)
      this.#spentUntilMs = Math.max(this.#spentUntilMs, startMs) + secondMs / maxCallsPerSecond;
    this.#count += 1;
    this.#deadlines.add(call, startMs);
    return call;
  }

  /** Ends the call, and aborts its operation, when its caller gives up. */
  listen(call: AnyCall<E>, callerSignal: AbortSignal): void {
    const onAbort = (): void => {
      const { reason } = callerSignal;
      call.runInAsyncScope(() => this.#cutShort(call, 'ignored', this.judge(reason).error, reason));
    };
    call.stopListening = () => callerSignal.removeEventListener('abort', onAbort);
    callerSignal.addEventListener('abort', onAbort);
  }

  /** Ends the call with what its operation answers. */
  follow<R>(call: RunningCall<R, E>, answer: Promise<R>): void {
    Promise.resolve(answer).then(
      (value) => this.#succeed(call, value),
      (thrown: unknown) => this.fail(call, thrown),
    );
  }

  fail(call: AnyCall<E>, thrown: unknown): void {
    if (call.resolve === undefined) return;
    const { verdict, error, reason } = this.judge(thrown);
    this.#end(call, verdict, { ok: false, error }, reason);
  }

  /** At its deadline. */
  expire(call: AnyCall<E>): void {
    call.runInAsyncScope(() => {
      const { timeoutMs, impatient } = call;
      const { name: breaker } = this.#circuit;
      if (impatient) this.refusals.missed(timeoutMs);
      const reason = new DOMException(`No answer within ${timeoutMs} ms`, 'TimeoutError');
      this.#cutShort(call, impatient ? 'ignored' : 'timeout', { kind: 'timeout', breaker, timeoutMs }, reason);
    });
  }

  judge(thrown: unknown): Judged<E> {
    return judge(thrown, this.#circuit.name, this.#classify);
  }

  /**
   * Time until the bulkhead and the limit of calls per second let a further call begin; `Infinity` until a running one ends. Of
   * `maxCallsPerSecond`, so many may begin at once after a pause, and each further one when its share of a second has passed.
   */
  get waitMs(): number {
    const { maxConcurrent = unlimited, maxCallsPerSecond } = this.#circuit.options;
    if (this.#count >= maxConcurrent) return Infinity;
    if (maxCallsPerSecond === undefined) return 0;
    return this.#spentUntilMs + secondMs / maxCallsPerSecond - secondMs - this.#circuit.nowMs;
  }

  /** Ends the oldest probe whose caller has less time than is fair, for a call that has more. */
  #takeSlotOfImpatient(timeoutMs: number | undefined): Stay | undefined {
    if (isImpatient(this.#circuit.options, timeoutMs)) return undefined;
    const call = this.#probesNow().find(({ impatient, isOver }) => impatient && !isOver);
    if (call === undefined) return undefined;
    const reason = new DOMException('A call with more time needs its place', 'AbortError');
    const error = { kind: 'too-many-concurrent-requests', breaker: this.#circuit.name, retryAfterMs: 1 } as const;
    this.#cutShort(call, 'ignored', error, reason);
    return this.takeSlot();
  }

  /** Those of the present stay, oldest first. */
  #probesNow(): readonly AnyCall<E>[] {
    return [...(this.#probes ?? [])].filter(({ stay }) => stay === this.#circuit.stay);
  }

  #succeed<R>(call: RunningCall<R, E>, value: R): void {
    if (call.resolve === undefined) return;
    this.refusals.forgetMissed();
    this.#end(call, 'success', { ok: true, value });
  }

  /** Ends a call before its operation has answered; the operation's signal is aborted with `reason`. */
  #cutShort(call: AnyCall<E>, outcome: 'timeout' | 'ignored', error: CircuitBreakerError<E>, reason: unknown): void {
    this.#end(call, outcome, { ok: false, error });
    call.controller.abort(reason);
  }

  /** Ends a call that has not ended before. */
  #end<R>(call: RunningCall<R, E>, outcome: Outcome, result: CallResult<R, E>, reason: string = outcome): void {
    const { resolve, stay, startMs } = call;
    if (resolve === undefined) return;
    call.resolve = undefined;
    this.#count -= 1;
    this.#deadlines.remove(call);
    call.stopListening?.();
    const slow = this.ledger.end(outcome, startMs, this.#circuit.nowMs, reason);
    if (!this.#move(stay, outcome, slow)) this.ledger.counts.stale += 1;
    this.#probes?.delete(call);
    resolve(result);
    this.#waiting?.serve();
  }

  #move(stay: Stay, outcome: Outcome, slow: boolean): boolean {
    if (outcome === 'ignored') return stay === this.#circuit.stay;
    return outcome === 'success' ? this.#circuit.succeed(stay, slow) : this.#circuit.fail(stay, slow);
  }

  #timeoutOf({ kind }: Stay, callerTimeoutMs = Number.POSITIVE_INFINITY): number {
    const { operationTimeoutMs, coolDownMs } = this.#circuit.options;
    const endless = operationTimeoutMs === Number.POSITIVE_INFINITY && kind === 'HalfOpen';
    return Math.min(endless ? coolDownMs : operationTimeoutMs, callerTimeoutMs);
  }
}
