import { describe, expect, it } from 'vitest';
import { OwedLanes } from '../../../src/delivery-order/owed-lanes.js';
import { laneOf } from '../../../src/routing/address-message.js';
import { ManualClock } from '../../support/manual-clock.js';

const copy = { queue: 'bot-merge-warden', sessionId: 'pull-1', messageId: 'one' };
const lane = laneOf(copy) ?? '';
const { messageId } = copy;

const start = () => {
  const clock = new ManualClock();
  const read = () => Promise.resolve({ lanes: new Map() });
  const lanes = new OwedLanes({ read, circuit: { isHealthy: false }, isDelivered: () => false, clock });
  return { clock, lanes };
};

describe('what a lane is owed', () => {
  it('a copy that is sent twice at once is waited for from its last failure on', () => {
    const { clock, lanes } = start();
    for (let sends = 0; sends < 2; sends += 1) lanes.begun(lane, messageId);

    lanes.failed(lane, messageId);
    clock.advance(10_000);
    lanes.failed(lane, messageId);
    clock.advance(10_000);

    expect(lanes.isOwed(lane)).toBe(true);
    clock.advance(5_000);
    expect(lanes.isOwed(lane)).toBe(false);
  });

  it('a copy that has got through is not waited for when another send of it fails later', () => {
    const { lanes } = start();
    for (let sends = 0; sends < 2; sends += 1) lanes.begun(lane, messageId);

    lanes.arrived(lane, messageId);
    lanes.failed(lane, messageId);

    expect(lanes.isOwed(lane)).toBe(false);
  });
});
