import { describe, expect, it } from 'vitest';
import { typeSegment } from '../../../src/envelope/event-identity.js';
import { describeEvent, eventName } from '../../../src/providers/describe-event.js';

describe('the name of an event', () => {
  it.each([
    ['push', 'push'],
    ['pullrequest:created', 'pullrequest.created'],
    ['orders/create', 'orders.create'],
    ['customer.subscription.updated', 'customer.subscription.updated'],
    ['Merge Request Hook', 'Merge.Request.Hook'],
    ['APPLICATION_AUTHORIZED', 'APPLICATION_AUTHORIZED'],
    ['../../admin', 'admin'],
    ['a..b', 'a.b'],
    ['*', undefined],
    ['!x', 'x'],
    ['', undefined],
    ['…', undefined],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), 'x'.repeat(129)],
    ['заказ:создан', '%D0%B7%D0%B0%D0%BA%D0%B0%D0%B7.%D1%81%D0%BE%D0%B7%D0%B4%D0%B0%D0%BD'],
  ])('%j is spelled %j', (text, expected) => {
    expect(eventName(text)).toBe(expected);
  });

  it.each([
    ['opened', 'opened'],
    ['issue_assigned', 'issue_assigned'],
    ['deploy.prod', 'deploy%2Eprod'],
    ['deploy prod', 'deploy%20prod'],
    ['deploy:prod', 'deploy%3Aprod'],
    ['100%', '100%25'],
    ['статус', '%D1%81%D1%82%D0%B0%D1%82%D1%83%D1%81'],
    ['休憩', '%E4%BC%91%E6%86%A9'],
    ['🚀', '%F0%9F%9A%80'],
    ['a\u0000b', 'a%00b'],
    ['x'.repeat(300), 'x'.repeat(300)],
    ['x'.repeat(301), 'sha256-'],
    ['休'.repeat(100), 'sha256-'],
    ['\ud83d', '%EF%BF%BD'],
  ])('the action %j is kept, as %j', (text, expected) => {
    const segment = typeSegment(text) ?? '';

    expect(segment.replace(/^(sha256-)[0-9a-f]{64}$/, '$1')).toBe(expected);
  });

  it('no action is none', () => {
    expect([typeSegment(undefined), typeSegment('')]).toEqual([undefined, undefined]);
  });
});

describe('the general rule', () => {
  it('names an event that does not say what it is, and orders it by its source', () => {
    expect(describeEvent({ event: undefined, source: 'urn:webhook:acme' })).toEqual({
      kind: 'event',
      event: 'unknown',
      source: 'urn:webhook:acme',
      sessionKeys: { entity: 'urn:webhook:acme', repository: 'urn:webhook:acme', source: 'urn:webhook:acme' },
    });
  });

  it('orders by the conversation, else the subject, else the repository or place', () => {
    const facts = { event: 'x', source: 's', subject: 'subject', place: 'place', conversation: 'conversation' };

    expect(describeEvent(facts).sessionKeys.entity).toBe('conversation');
    expect(describeEvent({ ...facts, conversation: undefined }).sessionKeys.entity).toBe('subject');
    expect(describeEvent({ ...facts, conversation: undefined, subject: undefined }).sessionKeys).toEqual({
      entity: 'place',
      repository: 'place',
      source: 's',
    });
  });

  it.each([
    'has space',
    'x'.repeat(257),
    'tab\t',
    'ü',
  ])('keeps a delivery id as it was sent, such as %j', (deliveryId) => {
    expect(describeEvent({ event: 'x', source: 's', deliveryId }).deliveryId).toBe(deliveryId);
  });

  it.each(['', null, undefined])('does without a delivery id such as %j', (deliveryId) => {
    expect(describeEvent({ event: 'x', source: 's', deliveryId })).not.toHaveProperty('deliveryId');
  });
});
