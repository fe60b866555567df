import { expect, test } from 'vitest';
import { problem } from '../../../src/http/problems.js';

test('problem: Retry-After is whole seconds, rounded up, in the header and the body alike', () => {
  const reply = problem('CircuitBreakerOpen', { detail: 'd', service: 'service-bus', retryAfterMs: 1_001 });

  expect(reply.headers).toMatchObject({ 'retry-after': '2', 'content-type': 'application/problem+json' });
  expect(JSON.parse(String(reply.body))).toMatchObject({ status: 503, retryAfterSeconds: 2, service: 'service-bus' });
});

test('problem: a wait below a second is still a second', () => {
  const reply = problem('QueueingFailed', { detail: 'd', retryAfterMs: 0 });

  expect(reply.headers).toMatchObject({ 'retry-after': '1' });
});

test('problem: without a wait there is no Retry-After', () => {
  const reply = problem('MalformedPayload', { detail: 'd' });

  expect(reply.headers).not.toHaveProperty('retry-after');
  expect(JSON.parse(String(reply.body))).not.toHaveProperty('retryAfterSeconds');
});
