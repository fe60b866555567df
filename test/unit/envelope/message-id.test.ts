import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { messageId } from '../../../src/envelope/message-id.js';

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
