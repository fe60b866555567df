import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../src/envelope/event-id.js';

const body = Buffer.from('{"zen":"Design for failure."}');

describe('event id', () => {
  it("is the sender's delivery id", () => {
    const deliveryId = '72d3162e-cc78-11e3-81ab-4c9367dc0958';

    expect(eventId({ provider: 'github', deliveryId, body })).toBe(deliveryId);
  });

  it('is the hash of provider and raw body when there is no delivery id', () => {
    const digest = createHash('sha256').update('github\n{"zen":"Design for failure."}').digest('hex');

    expect(eventId({ provider: 'github', body })).toBe(`sha256:${digest}`);
  });

  it.each([
    '',
    ' ',
    'a b',
    'é',
    'a\r\nb',
    'x'.repeat(257),
  ])('is the hash when the delivery id is %.20j', (deliveryId) => {
    expect(eventId({ provider: 'github', deliveryId, body })).toBe(eventId({ provider: 'github', body }));
  });

  it('keeps provider and body apart', () => {
    const one = eventId({ provider: 'a', body: Buffer.from('b\nc') });
    const other = eventId({ provider: 'ab', body: Buffer.from('\nc') });

    expect(one).not.toBe(other);
  });
});
