import { describe, expect, test } from 'vitest';
import type { CallResult } from '../../../src/circuit-breaker/call-result.js';
import { withFallback } from '../../../src/circuit-breaker/with-fallback.js';
import { BreakerOnTest } from './breaker-on-test.js';

const instead = (value: string) => (): CallResult<string, never> => ({ ok: true, value });

describe('fallback', () => {
  test('is not asked when the call succeeds', async () => {
    const onTest = new BreakerOnTest();

    const result = await withFallback(onTest.begin().succeed(), instead('cached'));

    expect(result).toEqual({ ok: true, value: 'answer' });
  });

  test('gives its value instead of an error, and knows the error', async () => {
    const onTest = new BreakerOnTest();
    const kinds: string[] = [];

    const result = await withFallback(onTest.begin().fail(), async ({ kind }) => {
      kinds.push(kind);
      return { ok: true, value: 'cached' };
    });

    expect(result).toEqual({ ok: true, value: 'cached' });
    expect(kinds).toEqual(['operation-failed']);
  });

  test('stands in for an open breaker too', async () => {
    const onTest = new BreakerOnTest();
    await onTest.open();

    const result = await withFallback(onTest.begin().result, instead('cached'));

    expect(result).toEqual({ ok: true, value: 'cached' });
  });

  test('its error is the result', async () => {
    const onTest = new BreakerOnTest();
    const error = { kind: 'operation-failed', breaker: 'cache', cause: 'cold' } as const;

    const result = await withFallback(onTest.begin().fail(), () => ({ ok: false, error }));

    expect(result).toEqual({ ok: false, error });
  });

  test('what it throws is the result as an internal error', async () => {
    const onTest = new BreakerOnTest();
    const bug = new TypeError('fallback');

    const result = await withFallback(onTest.begin().fail(), () => {
      throw bug;
    });

    expect(result).toEqual({ ok: false, error: { kind: 'internal', breaker: 'warehouse', cause: bug } });
  });

  test('never changes the counts', async () => {
    const onTest = new BreakerOnTest();

    await withFallback(onTest.begin().fail(), instead('cached'));
    await withFallback(onTest.begin().fail(), () => Promise.reject(new Error('fallback')));

    expect(onTest.breaker.snapshot()).toMatchObject({ total: 2, failed: 2, successful: 0, consecutiveFailures: 2 });
  });
});
