import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { stopOnAbort } from '../../../src/time/clock.js';

const toError = (reason: unknown) => new Error('stopped', { cause: reason });

describe('stop on abort', () => {
  it('stop on abort: answers as the work does and leaves no listener behind', async () => {
    const { signal } = new AbortController();

    await expect(stopOnAbort(signal, toError, async () => 7)).resolves.toBe(7);
    await expect(stopOnAbort(signal, toError, () => Promise.reject(new Error('own')))).rejects.toThrow('own');

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('stop on abort: does not begin under a signal that has fired', async () => {
    const begun: string[] = [];

    const answer = stopOnAbort(AbortSignal.abort('late'), toError, async () => begun.push('work'));

    await expect(answer).rejects.toMatchObject({ message: 'stopped', cause: 'late' });
    expect(begun).toEqual([]);
  });

  it('stop on abort: ends at the abort although the work goes on, and drops its late failure', async () => {
    const controller = new AbortController();
    const work = Promise.withResolvers<number>();

    const answer = stopOnAbort(controller.signal, toError, () => work.promise);
    controller.abort('deadline');

    await expect(answer).rejects.toMatchObject({ cause: 'deadline' });
    work.reject(new Error('too late'));
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  });
});
