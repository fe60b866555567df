import { describe, expect, it } from 'vitest';
import { describeEvent } from '../../../src/providers/describe-event.js';
import { actionName, eventName } from '../../../src/providers/event-name.js';

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
    ['x'.repeat(129), undefined],
  ])('%j is spelled %j', (text, expected) => {
    expect(eventName(text)).toBe(expected);
  });

  it.each([
    ['opened', 'opened'],
    ['issue_assigned', 'issue_assigned'],
    ['deploy.now', undefined],
    ['deploy to production', undefined],
    ['', undefined],
  ])('the action %j is %j: one word, or none', (text, expected) => {
    expect(actionName(text)).toBe(expected);
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

  it.each(['', 'has space', 'x'.repeat(257), 'tab\t', 'ü'])('does without a delivery id such as %j', (deliveryId) => {
    expect(describeEvent({ event: 'x', source: 's', deliveryId })).not.toHaveProperty('deliveryId');
  });
});
