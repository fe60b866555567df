import { describe, expect, it } from 'vitest';
import { sendAll } from '../../../../local/senders/send-all.js';

const answered = { kind: 'answered', status: 202, text: '', durationMs: 1 } as const;

describe('sending many', () => {
  it('one at a time keeps the order', async () => {
    const order: number[] = [];
    const send = async (item: number) => {
      await new Promise(setImmediate);
      order.push(item);
      return answered;
    };

    await sendAll({ items: [1, 2, 3, 4], concurrency: 1, send, onSent: () => {} });

    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('never has more on their way than asked for, and answers in the order of the items', async () => {
    let running = 0;
    let most = 0;
    const send = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      return answered;
    };
    const counts: number[] = [];

    const sent = await sendAll({ items: [...'abcdefgh'], concurrency: 3, send, onSent: (done) => counts.push(done) });

    expect(most).toBe(3);
    expect(sent.map(({ item }) => item).join('')).toBe('abcdefgh');
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
