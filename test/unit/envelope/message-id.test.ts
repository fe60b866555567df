import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventMessageId, messageId } from '../../../src/envelope/message-id.js';

describe('message id', () => {
  it('is the event id up to what Service Bus takes', () => {
    const id = 'x'.repeat(128);

    expect(messageId(id)).toBe(id);
  });

  it("is the event id's hash above that", () => {
    const id = 'x'.repeat(129);

    expect(messageId(id)).toBe(createHash('sha256').update(id).digest('hex'));
  });
});

describe('message id of an event', () => {
  it.each([
    ['github', '72d3162e-cc78-11e3-81ab-4c9367dc0958'],
    ['github', 'delivery-1'],
    ['github-acme', '72d3162e-cc78-11e3-81ab-4c9367dc0958'],
    ['slack', `sha256:${'0'.repeat(64)}`],
  ])('of %s is its id %s, which no other sender has', (provider, id) => {
    expect(eventMessageId({ provider, id })).toBe(id);
  });

  it('of two senders that count alike is not the same', () => {
    const one = eventMessageId({ provider: 'telegram', id: '123456789' });
    const other = eventMessageId({ provider: 'telegram-acme', id: '123456789' });

    expect(one).toBe('telegram:123456789');
    expect(other).toBe('telegram-acme:123456789');
  });

  it('fits Service Bus, however long the id is', () => {
    expect(eventMessageId({ provider: 'cloudevents', id: 'x'.repeat(256) })).toMatch(/^[0-9a-f]{64}$/);
  });
});
