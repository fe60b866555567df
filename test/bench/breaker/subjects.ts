import { ConsecutiveBreaker, circuitBreaker, handleAll, TimeoutStrategy, timeout, wrap } from 'cockatiel';
import Opossum from 'opossum';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import type { Classify } from '../../../src/circuit-breaker/guarded-call.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { appClock as clock } from '../../../src/time/clock.js';

/** One kind of call, ready to be made again and again; each may reject. */
export type Invoke = () => Promise<unknown>;

/** One way to guard an operation. */
export interface Subject {
  readonly name: string;
  readonly timeoutMs: number | undefined;
  /** The operation answers at once. */
  readonly succeed: Invoke;
  /** Four failures, each a new error, then a success, so that every breaker stays closed with its usual numbers. */
  readonly fail: Invoke;
  /** The breaker is open. Bare, there is nothing that could reject: the cost of a throw stands in. */
  readonly reject: Invoke;
  /** Makes so many more guards. */
  readonly createMany: (count: number) => Guards;
}

/** Guards whose memory is measured. */
export interface Guards {
  /** One call through each of them. */
  callEach(): Promise<unknown>;
  end(): void;
}

const guardsOf = <G>(
  guards: G[],
  call: (guard: G) => Promise<unknown>,
  end: (guard: G) => void = () => {},
): Guards => ({
  callEach: () => Promise.all(guards.map(call)),
  end: () => guards.splice(0).forEach(end),
});

export type Operation = () => Promise<number>;

const answer: Operation = async () => 42;

const throwNew: Operation = async () => {
  throw new Error('down');
};

/** Throws four times out of five. */
const createUnsteady = (): Operation => {
  let call = 0;
  return () => {
    call += 1;
    return call % 5 === 0 ? answer() : throwNew();
  };
};

const countEveryError: Classify<unknown> = (error) => ({ verdict: 'failure', error });

const hourMs = 3_600_000;

const bareFails = createUnsteady();

/** Called through one function more, as every guard is here. */
export const bare: Subject = {
  name: 'bare await',
  timeoutMs: undefined,
  succeed: () => answer(),
  fail: () => bareFails(),
  reject: () => throwNew(),
  createMany: () => guardsOf<undefined>([], answer),
};

/** What no guard with a deadline, a signal and a duration can leave out; nothing is counted, judged or timed out here. */
const guardWithLeast = (operation: (signal: AbortSignal) => Promise<number>): Promise<unknown> => {
  const startMs = clock.monotonicMs();
  const { signal } = new AbortController();
  return new Promise((resolve) => {
    operation(signal).then(
      (value) => resolve({ ok: true, value, durationMs: clock.monotonicMs() - startMs }),
      (error: unknown) => resolve({ ok: false, error, durationMs: clock.monotonicMs() - startMs }),
    );
  });
};

const leastFails = createUnsteady();

export const least: Subject = {
  name: 'two looks at the clock, a signal, a promise',
  timeoutMs: undefined,
  succeed: () => guardWithLeast(answer),
  fail: () => guardWithLeast(leastFails),
  reject: () => Promise.resolve({ ok: false }),
  createMany: () => guardsOf<undefined>([], answer),
};

const observed = { calls: 0 };

/** As the app wires it: each call is observed, has a deadline and a signal, and remembers the async context of its caller. */
const newBreaker = (timeoutMs: number | undefined): CircuitBreaker<number, unknown> => {
  const breaker = new CircuitBreaker<number, unknown>({
    name: 'bench',
    options: {
      ...defaultBreakerOptions,
      operationTimeoutMs: timeoutMs ?? Number.POSITIVE_INFINITY,
      coolDownMs: hourMs,
    },
    classify: countEveryError,
    clock,
  });
  breaker.observeCalls(() => {
    observed.calls += 1;
  });
  return breaker;
};

/** So many calls at once run while the refusals of `reject` are measured. */
export const ours = (timeoutMs: number | undefined, running = 0): Subject => {
  const steady = newBreaker(timeoutMs);
  const unsteady = newBreaker(timeoutMs);
  const open = newBreaker(timeoutMs);
  for (let call = 0; call < defaultBreakerOptions.failureThreshold; call += 1) void open.call(throwNew);
  const fails = createUnsteady();
  const busy = newBreaker(timeoutMs);
  if (running > 0) busy.updateOptions({ maxConcurrent: running });
  for (let call = 0; call < running; call += 1) void busy.call(() => new Promise<number>(() => {}));
  return {
    name: running > 0 ? `breakwater, ${running} running` : 'breakwater',
    timeoutMs,
    succeed: () => steady.call(answer),
    fail: () => unsteady.call(fails),
    reject: () => (running > 0 ? busy : open).call(answer),
    createMany: (count) =>
      guardsOf(
        Array.from({ length: count }, () => newBreaker(timeoutMs)),
        (breaker) => breaker.call(answer),
      ),
  };
};

/** Without its percentiles, which it sorts anew at every failure: with them a failing call takes a hundred times longer. */
export const opossum = (timeoutMs: number | undefined): Subject => {
  const options = {
    timeout: timeoutMs ?? false,
    resetTimeout: hourMs,
    volumeThreshold: Number.MAX_SAFE_INTEGER,
    rollingPercentilesEnabled: false,
  } as const;
  const create = (operation: Operation) => new Opossum(operation, options);
  const [steady, unsteady, open] = [create(answer), create(createUnsteady()), create(answer)];
  open.open();
  return {
    name: 'opossum',
    timeoutMs,
    succeed: () => steady.fire(),
    fail: () => unsteady.fire(),
    reject: () => open.fire(),
    createMany: (count) =>
      guardsOf(
        Array.from({ length: count }, () => create(answer)),
        (breaker) => breaker.fire(),
        (breaker) => breaker.shutdown(),
      ),
  };
};

export const cockatiel = (timeoutMs: number | undefined): Subject => {
  const createBreaker = () => circuitBreaker(handleAll, { halfOpenAfter: hourMs, breaker: new ConsecutiveBreaker(5) });
  const guard = (breaker: ReturnType<typeof createBreaker>) =>
    timeoutMs === undefined ? breaker : wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive));
  const open = createBreaker();
  open.isolate();
  const [steady, unsteady, rejecting] = [guard(createBreaker()), guard(createBreaker()), guard(open)];
  const fails = createUnsteady();
  return {
    name: 'cockatiel',
    timeoutMs,
    succeed: () => steady.execute(answer),
    fail: () => unsteady.execute(fails),
    reject: () => rejecting.execute(answer),
    createMany: (count) =>
      guardsOf(
        Array.from({ length: count }, () => guard(createBreaker())),
        (policy) => policy.execute(answer),
      ),
  };
};
