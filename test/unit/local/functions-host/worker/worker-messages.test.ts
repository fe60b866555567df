import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inBatches } from '../../../../../local/functions-host/worker/worker-messages.js';

const recorded = () => {
  const sent: (readonly string[])[] = [];
  return { sent, ...inBatches<string>((messages) => void sent.push(messages)) };
};

describe('messages in batches', () => {
  it('are sent as one list for each turn of the event loop, in order', async () => {
    const { sent, tell } = recorded();

    tell('line');
    await Promise.resolve();
    tell('answer');
    expect(sent).toEqual([]);
    await setImmediate();
    tell('next');
    await setImmediate();

    expect(sent).toEqual([['line', 'answer'], ['next']]);
  });

  it('are sent at once where the process ends, and no second time', async () => {
    const { sent, tell, flush } = recorded();

    tell('last words');
    flush();
    await setImmediate();

    expect(sent).toEqual([['last words']]);
  });
});
