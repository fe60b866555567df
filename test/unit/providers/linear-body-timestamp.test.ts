import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { linear } from '../../../src/providers/linear.js';

const secret = 'a secret of Linear, for tests only';
const nowMs = 1_767_225_600_000;

/** Signed rightly, whatever the body says of when it was sent. */
const verifies = (text: string): boolean => {
  const body = Buffer.from(text);
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  const headers = new Headers({ 'linear-signature': signature, 'linear-timestamp': String(nowMs) });
  return linear.verify({ headers, body, receivedAt: new Date(nowMs) }, secret, nowMs);
};

describe('the time that a delivery of Linear says it was sent', () => {
  it.each([nowMs, nowMs - 60_000, nowMs + 60_000])('may be up to a minute away: %d', (time) => {
    expect(verifies(`{"webhookTimestamp":${time}}`)).toBe(true);
  });

  it.each([
    '{}',
    '[]',
    '',
    'not JSON',
    `{"webhookTimestamp":${nowMs - 60_001}}`,
    `{"webhookTimestamp":${nowMs + 60_001}}`,
    '{"webhookTimestamp":1e400}',
    '{"webhookTimestamp":-1e400}',
    `{"webhookTimestamp":-${nowMs}}`,
    `{"webhookTimestamp":${nowMs}.5}`,
    `{"webhookTimestamp":${nowMs / 1000}}`,
    '{"webhookTimestamp":"NaN"}',
    '{"webhookTimestamp":"Infinity"}',
    '{"webhookTimestamp":"1.767e12"}',
    '{"webhookTimestamp":null}',
    '{"webhookTimestamp":true}',
    `{"webhookTimestamp":[${nowMs}]}`,
    `{"webhookTimestamp":{"valueOf":${nowMs}}}`,
    `{"__proto__":{"webhookTimestamp":${nowMs}}}`,
  ])('refuses %j, though it is rightly signed', (text) => {
    expect(verifies(text)).toBe(false);
  });

  it('is not read from the header, which nobody signs', () => {
    expect(verifies('{"action":"create"}')).toBe(false);
  });
});
