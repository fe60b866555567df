import { expect, test } from 'vitest';
import { Lane } from '../../../../local/service-bus/broker/lane.js';
import type { StoredMessage } from '../../../../local/service-bus/broker/stored-message.js';
import { messageOf } from './broker-under-test.js';

const content = messageOf('x');

function numbered(sequenceNumber: number): StoredMessage {
  return {
    sequenceNumber,
    enqueuedSequenceNumber: sequenceNumber,
    enqueuedAtMs: 0,
    scheduledForMs: undefined,
    expiresAtMs: undefined,
    content,
    deliveryCount: 0,
    placement: 'active',
  };
}

test('lane: gives in order, whatever was given back in between', () => {
  const lane = new Lane();
  for (let n = 1; n <= 5000; n += 1) lane.push(numbered(n));
  const taken = Array.from({ length: 4000 }, () => lane.take());
  for (const message of taken.slice(3000).toReversed()) if (message !== undefined) lane.giveBack(message);
  lane.push(numbered(5001));

  const rest = Array.from({ length: lane.size }, () => lane.take()?.sequenceNumber);

  expect(rest).toEqual(Array.from({ length: 2001 }, (_, n) => n + 3001));
  expect(lane.take()).toBeUndefined();
  expect(lane.size).toBe(0);
});
