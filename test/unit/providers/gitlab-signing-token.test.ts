import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { gitlab } from '../../../src/providers/gitlab.js';

const nowMs = 1_767_225_600_000;
const key = Buffer.alloc(32, 7);
const signingToken = `whsec_${key.toString('base64')}`;
const body = Buffer.from('{"object_kind":"push"}');

const signed = (timestamp = String(nowMs / 1000)): Record<string, string> => ({
  'webhook-id': 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f',
  'webhook-timestamp': timestamp,
  'webhook-signature': `v1,${createHmac('sha256', key)
    .update(`f5e5f430-f57b-4e6e-9fac-d9128cd7232f.${timestamp}.`)
    .update(body)
    .digest('base64')}`,
});

const verify = (headers: Record<string, string>, secret: string, bytes = body): boolean =>
  gitlab.verify({ headers: new Headers(headers), body: bytes, receivedAt: new Date(nowMs) }, secret, nowMs);

describe("gitlab's signing token", () => {
  it('verifies what it signed', () => {
    expect(verify(signed(), signingToken)).toBe(true);
  });

  it('verifies no other body, and nothing stale', () => {
    expect(verify(signed(), signingToken, Buffer.from('{"object_kind":"tag_push"}'))).toBe(false);
    expect(verify(signed('1767225000'), signingToken)).toBe(false);
  });

  it('is never taken as a plain token: a delivery without signature is refused', () => {
    expect(verify({ 'x-gitlab-token': signingToken }, signingToken)).toBe(false);
    expect(verify({ ...signed(), 'webhook-signature': '', 'x-gitlab-token': signingToken }, signingToken)).toBe(false);
  });

  it('makes the id that it signs the delivery’s, whatever the unsigned ones say', () => {
    const headers = new Headers({ ...signed(), 'idempotency-key': 'another', 'x-gitlab-event-uuid': 'a-third' });

    const description = gitlab.describe({ headers, body, receivedAt: new Date(nowMs) }, JSON.parse(body.toString()));

    expect(description).toMatchObject({ deliveryId: signed()['webhook-id'] });
  });

  it('a plain token verifies by its header alone, whatever signature stands beside it', () => {
    expect(verify({ 'x-gitlab-token': 'a plain secret token' }, 'a plain secret token')).toBe(true);
    expect(verify(signed(), 'a plain secret token')).toBe(false);
  });
});
