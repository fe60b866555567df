import { describe, expect, it } from 'vitest';
import { resolveQueue } from '../../../../local/commands/consuming/resolve-queue.js';

const bots = [
  { name: 'merge-warden', queue: 'bot-merge-warden', ordered: true },
  { name: 'notifier', queue: 'shared', ordered: false },
];

describe('which queue is meant', () => {
  it("a bot's name, a queue's name and the archive's backlog are understood", () => {
    expect(resolveQueue(bots, 'merge-warden')).toEqual({ queue: 'bot-merge-warden', ordered: true });
    expect(resolveQueue(bots, 'bot-merge-warden')).toEqual({ queue: 'bot-merge-warden', ordered: true });
    expect(resolveQueue(bots, 'shared')).toEqual({ queue: 'shared', ordered: false });
    expect(resolveQueue(bots, 'webhook-archive-backlog')).toEqual({ queue: 'webhook-archive-backlog', ordered: false });
  });

  it('another name brings the nearest ones', () => {
    expect(() => resolveQueue(bots, 'merge-wardn')).toThrow(
      expect.objectContaining({
        message: 'There is no bot or queue "merge-wardn"',
        advice: expect.arrayContaining(['Did you mean merge-warden?']),
      }),
    );
    expect(() => resolveQueue(bots, undefined)).toThrow('Say which bot or queue');
  });
});
