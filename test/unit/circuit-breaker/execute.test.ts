import { describe, expect, test } from 'vitest';
import {
  CallTimeoutError,
  CircuitBreaker,
  CircuitOpenError,
  type FallbackUse,
  GuardedCallError,
  InternalBreakerError,
  OperationFailedError,
  TooManyConcurrentRequestsError,
} from '../../../src/circuit-breaker/index.js';
import { ManualClock } from '../../support/manual-clock.js';
import { BreakerOnTest, Fault } from './breaker-on-test.js';

const down = new Error('down');
const fail = async (): Promise<string> => {
  throw down;
};
const answer = async (): Promise<string> => 'answer';

const thrownBy = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return await call;
  } catch (thrown) {
    return thrown;
  }
};

describe('breaker: execute', () => {
  test('needs no more than a name, and answers the value', async () => {
    const breaker = new CircuitBreaker({ name: 'payments' });

    expect(await breaker.execute(answer)).toBe('answer');
    expect(breaker.snapshot()).toMatchObject({ name: 'payments', state: 'Closed', successful: 1 });
  });

  test('throws what the operation threw as the cause of an OperationFailedError', async () => {
    const thrown = await thrownBy(new CircuitBreaker({ name: 'payments' }).execute(fail));

    expect(thrown).toBeInstanceOf(OperationFailedError);
    expect(thrown).toBeInstanceOf(GuardedCallError);
    expect(thrown).toMatchObject({
      name: 'OperationFailedError',
      code: 'operation-failed',
      breaker: 'payments',
      message: 'Operation failed: down',
      cause: down,
      retryAfterMs: 0,
      countsAsFailure: true,
      isCircuitProtection: false,
    });
  });

  test('throws a CircuitOpenError with the time until a probe while it is open', async () => {
    const { breaker } = new BreakerOnTest();
    breaker.forceOpen();
    const thrown = await thrownBy(breaker.execute(answer));

    expect(thrown).toBeInstanceOf(CircuitOpenError);
    expect(thrown).toMatchObject({
      name: 'CircuitOpenError',
      code: 'circuit-open',
      retryAfterMs: 30_000,
      message: 'Circuit breaker is open - requests rejected',
      countsAsFailure: false,
      isCircuitProtection: true,
    });
  });

  test('throws a CallTimeoutError when no answer came in time', async () => {
    const { breaker, clock } = new BreakerOnTest();
    const thrown = thrownBy(breaker.execute(() => new Promise<string>(() => {}), { timeoutMs: 40 }));
    clock.advance(40);

    expect(await thrown).toBeInstanceOf(CallTimeoutError);
    expect(await thrown).toMatchObject({
      name: 'CallTimeoutError',
      code: 'timeout',
      timeoutMs: 40,
      message: 'Operation timeout after 40ms',
    });
  });

  test.each([
    ['half-open', { halfOpenMaxConcurrent: 1 }, 'Too many concurrent requests in half-open state'],
    ['at its bulkhead', { maxConcurrent: 1 }, 'Too many concurrent requests'],
  ])('throws a TooManyConcurrentRequestsError %s', async (state, options, message) => {
    const onTest = new BreakerOnTest(options);
    if (state === 'half-open') await onTest.openAndCoolDown();
    onTest.begin({ timeoutMs: 700 });
    const thrown = await thrownBy(onTest.breaker.execute(answer));

    expect(thrown).toBeInstanceOf(TooManyConcurrentRequestsError);
    const code = 'too-many-concurrent-requests';
    expect(thrown).toMatchObject({ name: 'TooManyConcurrentRequestsError', code, message, retryAfterMs: 700 });
  });

  test('throws an InternalBreakerError when the classifier throws; the original error is its cause', async () => {
    const bug = new TypeError('a bug in the classifier');
    const classify = () => {
      throw bug;
    };
    const breaker = new CircuitBreaker({ name: 'payments', classify });
    const thrown = await thrownBy(breaker.execute(fail));

    expect(thrown).toBeInstanceOf(InternalBreakerError);
    expect(thrown).toMatchObject({
      name: 'InternalBreakerError',
      code: 'internal',
      cause: down,
      classifierError: bug,
      message: 'Circuit breaker internal error: a bug in the classifier',
    });
    expect(breaker.snapshot().failed).toBe(1);
  });

  test.each([
    ['answers a promise', async (error: unknown) => ({ verdict: 'failure', error })],
    ['gives another verdict', (error: unknown) => ({ verdict: 'fine', error })],
  ])('keeps the original error when the classifier %s', async (_what, wrong) => {
    const classify = (thrown: unknown) => Reflect.apply(wrong, undefined, [thrown]);
    const breaker = new CircuitBreaker({ name: 'payments', classify });
    const thrown = await thrownBy(breaker.execute(fail));

    expect(thrown).toBeInstanceOf(InternalBreakerError);
    expect(thrown).toMatchObject({ cause: down, classifierError: { message: 'The classifier returned no verdict' } });
    expect(breaker.snapshot().failed).toBe(1);
  });

  test.each([
    ['an object without a text', Object.create(null), 'object'],
    ['a symbol', Symbol('down'), 'Symbol(down)'],
    ['nothing', undefined, 'undefined'],
  ])('says what it can of %s that was thrown', async (_what, cause, text) => {
    const breaker = new CircuitBreaker({ name: 'payments' });
    const thrown = await thrownBy(breaker.execute(() => Promise.reject(cause)));

    expect(thrown).toBeInstanceOf(OperationFailedError);
    expect(thrown).toMatchObject({ cause, message: `Operation failed: ${text}` });
  });

  test.each([
    ['a value', 'spare'],
    ['a function', ({ cause }: GuardedCallError) => (cause === down ? 'spare' : 'other')],
    ['a function that answers later', async () => 'spare'],
    ['null', null],
  ])('answers the fallback instead, %s', async (_what, fallback) => {
    const uses: FallbackUse[] = [];
    const breaker = new CircuitBreaker<string | null>({ name: 'payments', onFallback: (use) => uses.push(use) });

    expect(await breaker.execute(fail, { fallback })).toBe(fallback === null ? null : 'spare');
    expect(breaker.snapshot()).toMatchObject({ failed: 1, fallbacks: 1, failedFallbacks: 0 });
    expect(uses).toMatchObject([{ breaker: 'payments', outcome: 'served', error: { cause: down } }]);
  });

  test('asks no fallback when there is a value', async () => {
    const breaker = new CircuitBreaker({ name: 'payments' });

    expect(await breaker.execute(answer, { fallback: () => expect.fail('asked') })).toBe('answer');
    expect(breaker.snapshot().fallbacks).toBe(0);
  });

  test('throws the first error when the fallback throws too, with the fallback’s', async () => {
    const uses: FallbackUse[] = [];
    const breaker = new CircuitBreaker<string>({ name: 'payments', onFallback: (use) => uses.push(use) });
    const alsoDown = new Error('the fallback is down as well');
    const fallback = () => Promise.reject(alsoDown);
    const thrown = await thrownBy(breaker.execute(fail, { fallback }));

    expect(thrown).toMatchObject({ code: 'operation-failed', cause: down, fallbackError: alsoDown });
    expect(breaker.snapshot()).toMatchObject({ failed: 1, fallbacks: 0, failedFallbacks: 1 });
    expect(uses).toMatchObject([{ outcome: 'failed', error: { cause: down, fallbackError: alsoDown } }]);
  });

  test('is not harmed by a listener of fallbacks that throws, and one that went hears nothing', async () => {
    const heard: string[] = [];
    const breaker = new CircuitBreaker<string>({ name: 'payments', onFallback: () => expect.fail('a fault') });
    const end = breaker.observeFallbacks(({ outcome }) => heard.push(outcome));
    await breaker.execute(fail, { fallback: 'spare' });
    end();

    expect(await breaker.execute(fail, { fallback: 'spare' })).toBe('spare');
    expect(heard).toEqual(['served']);
  });

  test('a limit of fallbacks lets no more run at once; the call says why it failed, and why there was no fallback', async () => {
    const breaker = new CircuitBreaker<string>({ name: 'payments', options: { maxFallbacks: 1 } });
    const { promise, resolve } = Promise.withResolvers<string>();
    const slow = breaker.execute(fail, { fallback: () => promise });
    const thrown = await thrownBy(breaker.execute(fail, { fallback: () => expect.fail('asked') }));
    resolve('spare');

    expect(thrown).toMatchObject({
      code: 'operation-failed',
      cause: down,
      fallbackError: new RangeError('More than 1 fallbacks at once'),
    });
    expect(await slow).toBe('spare');
    expect(await breaker.execute(fail, { fallback: 'next' })).toBe('next');
    expect(breaker.snapshot()).toMatchObject({ fallbacks: 2, failedFallbacks: 1 });
  });

  test('a fallback that fails leaves its place', async () => {
    const breaker = new CircuitBreaker<string>({ name: 'payments', options: { maxFallbacks: 1 } });
    await thrownBy(breaker.execute(fail, { fallback: () => Promise.reject(down) }));

    expect(await breaker.execute(fail, { fallback: 'spare' })).toBe('spare');
  });

  test('a fallback moves no breaker: the failures that it hides still open it', async () => {
    const breaker = new CircuitBreaker<string>({ name: 'payments', clock: new ManualClock() });
    for (let call = 0; call < 5; call += 1) await breaker.execute(fail, { fallback: 'spare' });

    expect(breaker.state).toBe('Open');
    expect(await breaker.execute(answer, { fallback: 'spare' })).toBe('spare');
  });
});

describe('breaker: without a classifier of its own', () => {
  test('counts every error, and names its code, or its cause’s', async () => {
    const breaker = new CircuitBreaker({ name: 'payments' });
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const reasons: unknown[] = [];
    const thrown = [refused, new TypeError('fetch failed', { cause: refused }), new RangeError('odd'), 'a text', null];
    for (const each of thrown) {
      await breaker.call(() => Promise.reject(each));
      reasons.push(breaker.snapshot().lastFailure?.reason);
    }

    expect(reasons).toEqual(['ECONNREFUSED', 'ECONNREFUSED', 'RangeError', 'failed', 'failed']);
    expect(breaker.snapshot().failed).toBe(5);
  });

  test('an operation that was aborted says nothing about the dependency', async () => {
    const breaker = new CircuitBreaker({ name: 'payments' });
    await breaker.call(() => Promise.reject(new DOMException('given up', 'AbortError')));

    expect(breaker.snapshot()).toMatchObject({ failed: 0, ignored: 1 });
  });

  test('is given jitter without being given a source of randomness', () => {
    expect(new CircuitBreaker({ name: 'payments', options: { coolDownJitter: 0.5 } }).options.coolDownJitter).toBe(0.5);
  });

  test('a fault is what the classifier makes of it when there is one', async () => {
    const breaker = new CircuitBreaker<string, Fault>({
      name: 'payments',
      classify: () => ({ verdict: 'failure', error: new Fault() }),
    });

    expect(await breaker.call(fail)).toMatchObject({ error: { cause: { name: 'Fault' } } });
  });
});
