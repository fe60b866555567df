import { expect, it } from 'vitest';
import { CircuitBreaker } from '../../../src/circuit-breaker/circuit-breaker.js';
import { defaultBreakerOptions } from '../../../src/circuit-breaker/presets.js';
import { guardHandler, type HandlerAnswer } from '../../../src/guarded-http/guard-handler.js';
import { ManualClock } from '../../support/manual-clock.js';

it('answers as the handler does, and 503 with Retry-After while its breaker is open', async () => {
  const clock = new ManualClock();
  const breaker = new CircuitBreaker<HandlerAnswer, unknown>({
    name: 'orders',
    options: { ...defaultBreakerOptions, failureThreshold: 1 },
    classify: (error) => ({ verdict: 'failure', error }),
    clock,
  });
  let isDown = false;
  const signals: unknown[] = [];
  const handler = guardHandler(breaker, async (name: string, signal: AbortSignal) => {
    signals.push(signal instanceof AbortSignal);
    if (isDown) throw new Error('database of alice is down');
    return { status: 200, jsonBody: { hello: name } };
  });

  const good = await handler('world');
  isDown = true;
  const failed = await handler('world');
  const refused = await handler('world');

  expect(good).toEqual({ status: 200, jsonBody: { hello: 'world' } });
  expect([failed, refused]).toMatchObject([
    { status: 503, jsonBody: { code: 'DependencyUnavailable' } },
    { status: 503, headers: { 'retry-after': '30' }, jsonBody: { code: 'CircuitBreakerOpen', retryAfterSeconds: 30 } },
  ]);
  expect(JSON.stringify([failed, refused])).not.toContain('alice');
  expect(signals).toEqual([true, true]);
});
