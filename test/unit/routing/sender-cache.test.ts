import { describe, expect, it } from 'vitest';
import { SenderCache } from '../../../src/routing/service-bus-connections.js';

class Sender {
  readonly queue: string;
  closed = 0;

  constructor(queue: string) {
    this.queue = queue;
  }

  async close(): Promise<void> {
    this.closed += 1;
    throw new Error('links may refuse to close');
  }
}

describe('sender cache', () => {
  it('sender cache: a queue keeps its one sender from send to send', () => {
    const cache = new SenderCache<Sender>();

    const first = cache.lease('a', () => new Sender('a'));
    first.release();
    const second = cache.lease('a', () => new Sender('a'));
    const other = cache.lease('b', () => new Sender('b'));

    expect(second.sender).toBe(first.sender);
    expect(other.sender.queue).toBe('b');
    expect(first.sender.closed).toBe(0);
  });

  it('sender cache: a retired sender is replaced at once and closed only when its last user is done', () => {
    const cache = new SenderCache<Sender>();
    const one = cache.lease('a', () => new Sender('a'));
    const two = cache.lease('a', () => new Sender('a'));

    one.retire();
    one.release();
    const next = cache.lease('a', () => new Sender('a'));

    expect(next.sender).not.toBe(two.sender);
    expect(two.sender.closed).toBe(0);
    two.release();
    expect(two.sender.closed).toBe(1);
    expect(next.sender.closed).toBe(0);
  });

  it('sender cache: a late retirement of an old sender leaves the new one alone', () => {
    const cache = new SenderCache<Sender>();
    const one = cache.lease('a', () => new Sender('a'));
    const two = cache.lease('a', () => new Sender('a'));
    one.retire();
    const next = cache.lease('a', () => new Sender('a'));

    two.retire();

    expect(cache.lease('a', () => new Sender('a')).sender).toBe(next.sender);
  });

  it('sender cache: above 200 queues the sender unused longest makes room', () => {
    const cache = new SenderCache<Sender>();
    const senders = Array.from({ length: 200 }, (_, index) => {
      const lease = cache.lease(`q${index}`, () => new Sender(`q${index}`));
      lease.release();
      return lease.sender;
    });
    cache.lease('q0', () => new Sender('q0')).release();

    cache.lease('one more', () => new Sender('one more')).release();

    expect(senders.filter(({ closed }) => closed > 0).map(({ queue }) => queue)).toEqual(['q1']);
  });

  it('sender cache: clearing closes every sender', () => {
    const cache = new SenderCache<Sender>();
    const lease = cache.lease('a', () => new Sender('a'));
    lease.release();

    cache.clear();

    expect(lease.sender.closed).toBe(1);
  });
});
