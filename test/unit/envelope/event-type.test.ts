import { describe, expect, it } from 'vitest';
import { eventType } from '../../../src/envelope/event-identity.js';

describe('event type', () => {
  it('names provider, event and action', () => {
    expect(eventType({ provider: 'github', event: 'pull_request', action: 'opened' })).toBe(
      'github.pull_request.opened',
    );
  });

  it('ends with the event when there is no action', () => {
    expect(eventType({ provider: 'github', event: 'push' })).toBe('github.push');
  });
});
