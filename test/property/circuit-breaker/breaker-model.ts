import type { CircuitBreakerOptions } from '../../../src/circuit-breaker/circuit-breaker-options.js';

export type ModelEnd = 'success' | 'failure' | 'ignored' | 'timeout' | 'displaced';

export interface ModelCall {
  readonly era: number;
  readonly probe: boolean;
  readonly startMs: number;
  readonly timeoutMs: number;
  readonly impatient: boolean;
  end: ModelEnd | undefined;
}

export type Admission = ModelCall | 'circuit-open' | 'too-many-concurrent-requests' | 'given-up';

type ModelState = 'Closed' | 'Open' | 'HalfOpen' | 'ForcedOpen' | 'Disabled';

interface JudgedCall {
  /** With whom it leaves a window of time: calls within a hundredth of the window leave together. */
  readonly groupMs: number;
  readonly failed: boolean;
  readonly slow: boolean;
}

const kindOfWindow = (options: CircuitBreakerOptions): string => {
  const { failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold } = options;
  const rules = [failureRateThreshold, slowCallRateThreshold, failureCountThreshold, volumeThreshold];
  return rules.every((rule) => rule === undefined) ? 'none' : `of ${options.rateWindowCalls ?? 'time'}`;
};

const coolDownMs = (options: CircuitBreakerOptions, openings: number): number => {
  const { coolDownGrowth = 1, maxCoolDownMs = 86_400_000 } = options;
  let lengthMs = options.coolDownMs;
  for (let growth = 1; growth < openings; growth += 1) lengthMs = Math.min(maxCoolDownMs, lengthMs * coolDownGrowth);
  return Math.min(maxCoolDownMs, lengthMs);
};

const visible = (state: ModelState): string =>
  state === 'ForcedOpen' ? 'Open' : state === 'Disabled' ? 'Closed' : state;

/**
 * The breaker as one would explain it on paper: it keeps everything that ever happened and looks through all of it for
 * each question. An era is one stay in one state; results of another era move nothing.
 */
export class BreakerModel {
  options: CircuitBreakerOptions;
  nowMs = 0;
  state: ModelState = 'Closed';
  calls: ModelCall[] = [];
  counts = { successful: 0, failed: 0, timedOut: 0, ignored: 0, rejected: 0, slow: 0, stale: 0 };
  durations: number[] = [];
  transitions: string[] = [];
  changedAtMs = 0;
  openUntilMs = 0;
  #era = 0;
  #failuresAtMs: number[] = [];
  #judged: JudgedCall[] = [];
  #recent: JudgedCall[] = [];
  #carriedFailures = 0;
  #openings = 0;
  #successes = 0;
  #missed: { readonly timeoutMs: number; readonly atMs: number }[] = [];
  #hopelessUpToMs = 0;
  #hopelessUntilMs = 0;

  constructor(options: CircuitBreakerOptions) {
    this.options = options;
  }

  get running(): readonly ModelCall[] {
    return this.calls.filter(({ end }) => end === undefined);
  }

  get visibleState(): string {
    return visible(this.state);
  }

  get retryAfterMs(): number {
    if (this.state === 'ForcedOpen') return this.options.coolDownMs;
    return this.state === 'Open' ? Math.max(0, this.openUntilMs - this.nowMs) : 0;
  }

  get consecutiveFailures(): number {
    if (this.state === 'Closed') return this.#youngFailures().length;
    return this.state === 'Open' || this.state === 'HalfOpen' ? this.#carriedFailures : 0;
  }

  get rateWindow(): { readonly calls: number; readonly failed: number; readonly slow: number } | null {
    if (this.state !== 'Closed' || kindOfWindow(this.options) === 'none') return null;
    const inWindow = this.#inRateWindow();
    return {
      calls: inWindow.length,
      failed: inWindow.filter(({ failed }) => failed).length,
      slow: inWindow.filter(({ slow }) => slow).length,
    };
  }

  get failureRate(): number {
    this.#recent = this.#young(this.#recent);
    const failed = this.#recent.filter((call) => call.failed).length;
    return failed === 0 ? 0 : failed / this.#recent.length;
  }

  begin({
    timeoutMs = Infinity,
    aborted = false,
  }: {
    readonly timeoutMs?: number;
    readonly aborted?: boolean;
  }): Admission {
    if (aborted || timeoutMs <= 0) {
      this.counts.ignored += 1;
      return 'given-up';
    }
    if (this.state !== 'Disabled' && timeoutMs <= this.#hopelessUpToMs && this.nowMs < this.#hopelessUntilMs) {
      this.counts.rejected += 1;
      return 'circuit-open';
    }
    const displaced = this.#makesRoomFor(timeoutMs);
    if (displaced !== undefined) this.end(displaced, 'displaced');
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.counts.rejected += 1;
      return refusal;
    }
    if (this.state === 'Open') this.#enter('HalfOpen', 'cool-down-elapsed');
    const { operationTimeoutMs, coolDownMs } = this.options;
    const probe = this.state === 'HalfOpen';
    const ownMs = probe && operationTimeoutMs === Infinity ? coolDownMs : operationTimeoutMs;
    const call = {
      era: this.#era,
      probe,
      startMs: this.nowMs,
      timeoutMs: Math.min(ownMs, timeoutMs),
      impatient: this.#isImpatient(timeoutMs),
      end: undefined,
    };
    this.calls.push(call);
    return call;
  }

  end(call: ModelCall, how: ModelEnd): void {
    call.end = how;
    const impatient = how === 'timeout' && call.impatient;
    const end = impatient || how === 'displaced' ? 'ignored' : how;
    if (impatient) this.#miss(call.timeoutMs);
    if (end === 'success') this.#forgetMisses();
    const durationMs = this.nowMs - call.startMs;
    const slow = end !== 'ignored' && durationMs >= this.#slowFromMs();
    if (end !== 'ignored') {
      this.durations.push(durationMs);
      this.#recent = this.#withCall(this.#recent, end !== 'success', slow);
    }
    if (slow) this.counts.slow += 1;
    if (end === 'timeout') this.counts.timedOut += 1;
    this.counts[end === 'success' ? 'successful' : end === 'ignored' ? 'ignored' : 'failed'] += 1;
    if (call.era !== this.#era) this.counts.stale += 1;
    else if (end !== 'ignored') this.#judge(end !== 'success', slow);
  }

  /** Deadlines that pass end their calls in the order of the deadlines; those missed while blocked end now. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.#nextDue(untilMs); next !== undefined; next = this.#nextDue(untilMs)) {
      this.nowMs = Math.max(this.nowMs, next.startMs + next.timeoutMs);
      this.end(next, 'timeout');
    }
    this.nowMs = untilMs;
  }

  reset(): void {
    this.counts = { successful: 0, failed: 0, timedOut: 0, ignored: 0, rejected: 0, slow: 0, stale: 0 };
    this.durations = [];
    this.#recent = [];
    this.#forgetMisses();
    this.#enter(this.state === 'Disabled' ? 'Disabled' : 'Closed', 'reset');
  }

  forceOpen(): void {
    this.#enter('ForcedOpen', 'forced-open');
  }

  disable(): void {
    this.#enter('Disabled', 'disabled');
  }

  enable(): void {
    if (this.state === 'ForcedOpen' || this.state === 'Disabled') this.#enter('Closed', 'enabled');
  }

  updateOptions(options: CircuitBreakerOptions): void {
    const before = this.options;
    this.options = options;
    if (kindOfWindow(options) !== kindOfWindow(before)) this.#judged = [];
    if (this.state !== 'Open') return;
    this.openUntilMs += coolDownMs(options, this.#openings) - coolDownMs(before, this.#openings);
  }

  /** Saved and taken over again at once: the same state, but no call of before belongs to it, and rates begin anew. */
  saveAndRestore(): void {
    this.#era += 1;
    this.#judged = [];
    this.#failuresAtMs = this.#youngFailures().slice(-this.options.failureThreshold);
    if (this.state === 'Open') this.openUntilMs = Math.max(this.openUntilMs, this.nowMs);
  }

  #refusal(): 'circuit-open' | 'too-many-concurrent-requests' | undefined {
    if (this.retryAfterMs > 0) return 'circuit-open';
    const { maxConcurrent = Infinity, halfOpenMaxConcurrent } = this.options;
    const probes = this.running.filter(({ era, probe }) => probe && era === this.#era).length;
    const full = this.running.length >= maxConcurrent || (this.state === 'HalfOpen' && probes >= halfOpenMaxConcurrent);
    return full ? 'too-many-concurrent-requests' : undefined;
  }

  #isImpatient(timeoutMs: number): boolean {
    return timeoutMs < Math.min(this.options.operationTimeoutMs, this.options.fairTimeoutMs ?? 0);
  }

  /** The probe that ends so that a call with this deadline can be one: the oldest of those with too little time. */
  #makesRoomFor(timeoutMs: number): ModelCall | undefined {
    const { maxConcurrent = Infinity, halfOpenMaxConcurrent } = this.options;
    const probes = this.running.filter(({ era, probe }) => probe && era === this.#era);
    const full = this.state === 'HalfOpen' && probes.length >= halfOpenMaxConcurrent;
    if (!full || this.running.length >= maxConcurrent || this.#isImpatient(timeoutMs)) return undefined;
    return probes.find(({ impatient }) => impatient);
  }

  #miss(timeoutMs: number): void {
    const { failureThreshold, windowMs, coolDownMs } = this.options;
    const young = [...this.#missed, { timeoutMs, atMs: this.nowMs }]
      .slice(-failureThreshold)
      .filter(({ atMs }) => this.nowMs - atMs < windowMs + coolDownMs);
    this.#missed = young;
    if (young.length < failureThreshold) return;
    this.#hopelessUpToMs = Math.min(...young.map((each) => each.timeoutMs));
    this.#hopelessUntilMs = this.nowMs + coolDownMs;
  }

  #forgetMisses(): void {
    if (this.#missed.length > 0) this.#hopelessUpToMs = 0;
    this.#missed = [];
  }

  #judge(failed: boolean, slow: boolean): void {
    if (this.state === 'HalfOpen') this.#judgeProbe(failed, slow);
    else if (this.state === 'Closed') this.#judgeCall(failed, slow);
  }

  #judgeProbe(failed: boolean, slow: boolean): void {
    const tooSlow = slow && this.options.slowCallRateThreshold !== undefined;
    this.#carriedFailures = failed ? this.#carriedFailures + 1 : this.#carriedFailures;
    if (failed || tooSlow) {
      this.#open(failed ? 'probe-failed' : 'probe-slow');
      return;
    }
    this.#carriedFailures = 0;
    this.#successes += 1;
    if (this.#successes >= this.options.successThreshold) this.#enter('Closed', 'success-threshold');
  }

  #judgeCall(failed: boolean, slow: boolean): void {
    this.#failuresAtMs = failed ? [...this.#youngFailures(), this.nowMs] : [];
    this.#judged = this.#withCall(this.#judged, failed, slow);
    this.#carriedFailures = this.#youngFailures().length;
    const reason = this.#reasonToOpen(failed);
    if (reason !== undefined) this.#open(reason);
  }

  #reasonToOpen(failed: boolean): string | undefined {
    const { failureThreshold, failureRateThreshold = Infinity, slowCallRateThreshold = Infinity } = this.options;
    const { volumeThreshold = 0, failureCountThreshold = Infinity } = this.options;
    const { calls, failed: failures, slow } = this.rateWindow ?? { calls: 0, failed: 0, slow: 0 };
    if (calls < volumeThreshold) return undefined;
    if (failed && this.#youngFailures().length >= failureThreshold) return 'failure-threshold';
    if (failures >= failureCountThreshold) return 'failure-count';
    if (calls < (this.options.minimumCalls ?? this.options.volumeThreshold ?? 10)) return undefined;
    if (failures / calls >= failureRateThreshold) return 'failure-rate';
    return slow / calls >= slowCallRateThreshold ? 'slow-call-rate' : undefined;
  }

  #open(reason: string): void {
    this.#openings = this.state === 'Closed' ? 1 : this.#openings + 1;
    this.openUntilMs = this.nowMs + coolDownMs(this.options, this.#openings);
    this.#enter('Open', reason);
  }

  #enter(state: ModelState, reason: string): void {
    const from = this.visibleState;
    this.state = state;
    this.#era += 1;
    this.#failuresAtMs = [];
    this.#judged = [];
    this.#successes = 0;
    if (from === this.visibleState) return;
    this.changedAtMs = this.nowMs;
    this.transitions.push(`${from} → ${this.visibleState} (${reason})`);
  }

  #youngFailures(): readonly number[] {
    return this.#failuresAtMs.filter((atMs) => this.nowMs - atMs < this.options.windowMs);
  }

  #inRateWindow(): readonly JudgedCall[] {
    const { rateWindowCalls } = this.options;
    if (rateWindowCalls !== undefined) return this.#judged.slice(-rateWindowCalls);
    this.#judged = this.#young(this.#judged);
    return this.#judged;
  }

  #withCall(calls: readonly JudgedCall[], failed: boolean, slow: boolean): JudgedCall[] {
    const { groupMs: lastMs = -Infinity } = calls.at(-1) ?? {};
    const groupMs = this.nowMs - lastMs < this.options.windowMs / 100 ? lastMs : this.nowMs;
    return [...calls, { groupMs, failed, slow }];
  }

  #young(calls: readonly JudgedCall[]): JudgedCall[] {
    return calls.filter(({ groupMs }) => this.nowMs - groupMs < this.options.windowMs);
  }

  #slowFromMs(): number {
    const { slowCallDurationMs, slowCallRateThreshold } = this.options;
    return slowCallDurationMs ?? (slowCallRateThreshold === undefined ? Infinity : 5_000);
  }

  #nextDue(untilMs: number): ModelCall | undefined {
    return this.running
      .filter(({ startMs, timeoutMs }) => startMs + timeoutMs <= untilMs)
      .toSorted((one, other) => one.startMs + one.timeoutMs - (other.startMs + other.timeoutMs))[0];
  }
}
