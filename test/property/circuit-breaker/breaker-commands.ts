import {
  type Arbitrary,
  type AsyncCommand,
  commands,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  option,
  record,
} from 'fast-check';
import { expect } from 'vitest';
import type { CallResult } from '../../../src/circuit-breaker/call-errors.js';
import type { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerOptions } from '../../../src/circuit-breaker/circuit-breaker-options.js';
import type { ManualClock } from '../../support/manual-clock.js';
import type { BreakerModel, ModelCall, ModelEnd } from './breaker-model.js';

/** What the dependency throws in these runs: it says itself how it is to be classified. */
export interface Thrown {
  readonly verdict: 'failure' | 'success' | 'ignored' | 'unclassifiable';
}

type Result = CallResult<string, unknown>;

interface RealCall {
  readonly model: ModelCall;
  readonly caller: AbortController;
  readonly answer: PromiseWithResolvers<string>;
  readonly signal: () => AbortSignal | undefined;
  readonly result: () => Result | undefined;
  expected: unknown;
}

/** The breaker as it is, with every call that was let through. */
export interface Real {
  readonly breaker: CircuitBreaker<string, unknown>;
  readonly clock: ManualClock;
  readonly transitions: readonly string[];
  readonly calls: RealCall[];
}

type Step = AsyncCommand<BreakerModel, Real>;

const flush = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn += 1) await Promise.resolve();
};

const refused = (kind: string): unknown =>
  expect.objectContaining({ ok: false, error: expect.objectContaining({ kind }) });

const average = (durations: readonly number[]): number =>
  durations.length === 0 ? 0 : durations.reduce((sum, ms) => sum + ms, 0) / durations.length;

const endings = { timeout: refused('timeout'), displaced: refused('too-many-concurrent-requests') } as const;

/** What must be seen of a call. */
const outcomeOf = ({ model: { end }, caller, expected }: RealCall): unknown =>
  end === 'timeout' || end === 'displaced'
    ? { result: endings[end], aborted: true }
    : { result: expected, aborted: caller.signal.aborted };

/** Compares all that can be seen. */
const compare = async (model: BreakerModel, { breaker, transitions, calls }: Real): Promise<void> => {
  await flush();
  const { counts, running } = model;
  const { successful, failed, ignored, rejected } = counts;
  const snapshot = breaker.snapshot();
  const expected = {
    ...counts,
    state: model.visibleState,
    running: running.length,
    total: successful + failed + ignored + rejected + running.length,
    consecutiveFailures: model.consecutiveFailures,
    retryAfterMs: model.retryAfterMs,
    rateWindow: model.rateWindow,
    failureRate: model.failureRate,
    transitions: model.transitions.length,
    lastStateChange: new Date(Date.parse('2026-01-01T00:00:00Z') + model.changedAtMs).toISOString(),
  };
  const told = Object.fromEntries(Object.keys(expected).map((name) => [name, Reflect.get(snapshot, name)]));
  const outcomes = calls.map((call) => ({ result: call.result(), aborted: call.signal()?.aborted }));
  const difference = Math.abs(snapshot.averageResponseTimeMs - average(model.durations));
  // As one: each `expect` by itself takes longer than the breaker's step.
  expect({ told, transitions, outcomes, isAverage: difference <= 0.01 }).toEqual({
    told: expected,
    transitions: model.transitions,
    outcomes: calls.map(outcomeOf),
    isAverage: true,
  });
};

const command = (
  name: string,
  act: (model: BreakerModel, real: Real) => unknown,
  possible?: (model: Readonly<BreakerModel>) => boolean,
): Step => ({
  check: (model) => possible?.(model) ?? true,
  run: async (model, real) => {
    await act(model, real);
    await compare(model, real);
  },
  toString: () => name,
});

const begin = ({ timeoutMs, aborted }: { readonly timeoutMs: number | undefined; readonly aborted: boolean }): Step =>
  command(`begin(${timeoutMs}, ${aborted})`, async (model, real) => {
    const answer = Promise.withResolvers<string>();
    const caller = new AbortController();
    if (aborted) caller.abort(new Error('aborted before'));
    let signal: AbortSignal | undefined;
    let result: Result | undefined;
    const options = { signal: caller.signal, ...(timeoutMs !== undefined && { timeoutMs }) };
    const operation = (given: AbortSignal): Promise<string> => {
      signal = given;
      return answer.promise;
    };
    void real.breaker.call(operation, options).then((settled) => {
      result = settled;
    });

    const admission = model.begin({ aborted, ...(timeoutMs !== undefined && { timeoutMs }) });

    await flush();
    expect(signal !== undefined).toBe(typeof admission === 'object');
    if (typeof admission === 'object') {
      real.calls.push({
        model: admission,
        caller,
        answer,
        signal: () => signal,
        result: () => result,
        expected: undefined,
      });
    } else if (admission !== 'given-up') expect(result).toEqual(refused(admission));
  });

const pick = (real: Real, index: number): RealCall | undefined => {
  const running = real.calls.filter(({ model }) => model.end === undefined);
  return running[index % running.length];
};

const succeed = (index: number): Step =>
  command(
    `succeed(${index})`,
    (model, real) => {
      const call = pick(real, index);
      if (call === undefined) return;
      call.answer.resolve('answer');
      call.expected = { ok: true, value: 'answer' };
      model.end(call.model, 'success');
    },
    ({ running }) => running.length > 0,
  );

const ends: Readonly<Record<Thrown['verdict'], ModelEnd>> = {
  failure: 'failure',
  success: 'success',
  ignored: 'ignored',
  unclassifiable: 'failure',
};

const throwing = (index: number, verdict: Thrown['verdict']): Step =>
  command(
    `throw(${index}, ${verdict})`,
    (model, real) => {
      const call = pick(real, index);
      if (call === undefined) return;
      call.answer.reject({ verdict } satisfies Thrown);
      call.expected = refused(verdict === 'unclassifiable' ? 'internal' : 'operation-failed');
      model.end(call.model, ends[verdict]);
    },
    ({ running }) => running.length > 0,
  );

const abort = (index: number): Step =>
  command(
    `abort(${index})`,
    (model, real) => {
      const call = pick(real, index);
      if (call === undefined) return;
      call.caller.abort(new Error('the caller gave up'));
      call.expected = refused('operation-failed');
      model.end(call.model, 'ignored');
    },
    ({ running }) => running.length > 0,
  );

const advance = (ms: number): Step =>
  command(`advance(${ms})`, (model, { clock }) => {
    clock.advance(ms);
    model.advance(ms);
  });

const block = (ms: number): Step =>
  command(`block(${ms})`, (model, { clock }) => {
    clock.block(ms);
    model.nowMs += ms;
  });

const order = (name: 'reset' | 'forceOpen' | 'disable' | 'enable'): Step =>
  command(name, (model, { breaker }) => {
    breaker[name]();
    model[name]();
  });

const updateOptions = (changed: Partial<CircuitBreakerOptions>): Step =>
  command(`updateOptions(${JSON.stringify(changed)})`, (model, { breaker }) => {
    model.updateOptions(breaker.updateOptions(changed));
  });

const saveAndRestore = (): Step =>
  command('saveAndRestore', (model, { breaker }) => {
    breaker.importState(JSON.parse(JSON.stringify(breaker.exportState())));
    model.saveAndRestore();
  });

const few = integer({ min: 1, max: 4 });
const maybe = <V>(values: Arbitrary<V>): Arbitrary<V | undefined> => option(values, { nil: undefined, freq: 2 });

const withoutUndefined = (values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));

const required = record({
  failureThreshold: few,
  windowMs: constantFrom(100, 250, 1_000),
  coolDownMs: constantFrom(50, 300),
  successThreshold: few,
  operationTimeoutMs: constantFrom(40, 400, Number.POSITIVE_INFINITY),
  halfOpenMaxConcurrent: few,
});

/** Below every operation timeout. */
const slowCalls = record({
  slowCallRateThreshold: maybe(constantFrom(0.5, 1)),
  slowCallDurationMs: constantFrom(20, 39),
});

const optional = record({
  failureRateThreshold: maybe(constantFrom(0.25, 0.5, 1)),
  failureCountThreshold: maybe(few),
  volumeThreshold: maybe(integer({ min: 1, max: 9 })),
  minimumCalls: maybe(few),
  rateWindowCalls: maybe(integer({ min: 10, max: 12 })),
  coolDownGrowth: maybe(constantFrom(1, 2, 3)),
  maxCoolDownMs: maybe(constantFrom(300, 1_000)),
  maxConcurrent: maybe(integer({ min: 1, max: 6 })),
  fairTimeoutMs: maybe(constantFrom(20, 60, 500)),
})
  .chain((options) => slowCalls.map((slow) => ({ ...options, ...slow })))
  .map(withoutUndefined);

/** Options small enough that every rule comes into play within a few steps. */
export const anyOptions: Arbitrary<CircuitBreakerOptions> = record({ required, optional }).map((parts) => ({
  ...parts.required,
  ...parts.optional,
}));

const anyDuration = oneof(nat(30), constantFrom(40, 50, 100, 250, 300, 400, 1_000));

/** Everything that can happen to a breaker, calls most often. */
export const anySteps = commands<BreakerModel, Real, false>(
  [
    record({ timeoutMs: maybe(constantFrom(0, 10, 40, 5_000)), aborted: constantFrom(false, false, false, true) }).map(
      begin,
    ),
    constant(begin({ timeoutMs: undefined, aborted: false })),
    constant(begin({ timeoutMs: undefined, aborted: false })),
    nat(9).map(succeed),
    nat(9).map(succeed),
    record({
      index: nat(9),
      verdict: constantFrom<Thrown['verdict']>('failure', 'failure', 'failure', 'success', 'ignored', 'unclassifiable'),
    }).map(({ index, verdict }) => throwing(index, verdict)),
    nat(9).map((index) => throwing(index, 'failure')),
    nat(9).map(abort),
    anyDuration.map(advance),
    anyDuration.map(block),
    constantFrom('reset', 'forceOpen', 'disable', 'enable' as const).map(order),
    oneof(required, optional).map(updateOptions),
    constant(saveAndRestore()),
  ],
  { maxCommands: 60, size: 'max' },
);
