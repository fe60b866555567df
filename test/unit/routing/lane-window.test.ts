import { describe, expect, it } from 'vitest';
import { LaneWindow } from '../../../src/routing/lane-window.js';
import { settled } from '../../support/until.js';

/** Work that ends when it is told to, by name. */
const openWindow = (running: () => number, waiting = 100) => {
  const window = new LaneWindow({ running, waiting });
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const add = (name: string, ...lanes: readonly string[]): Promise<void> => {
    const end = Promise.withResolvers<void>();
    ends.set(name, end);
    return window.add(lanes, () => {
      begun.push(name);
      return end.promise;
    });
  };
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.resolve();
    await settled();
  };
  const fail = (name: string, fault: Error): void => ends.get(name)?.reject(fault);
  return { window, begun, add, end, fail };
};

describe('lane window', () => {
  it('the oldest run side by side up to the limit; each that ends lets the next begin', async () => {
    const { begun, add, end } = openWindow(() => 2);
    for (const name of ['a', 'b', 'c', 'd']) await add(name);
    expect(begun).toEqual(['a', 'b']);

    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('c');

    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('what shares a lane runs one after the other, in order, and does not keep others from running', async () => {
    const { begun, add, end } = openWindow(() => 3);
    await add('first', 'session-1');
    await add('second', 'session-1');
    await add('other', 'session-2');
    expect(begun).toEqual(['first', 'other']);

    await end('first');

    expect(begun).toEqual(['first', 'other', 'second']);
  });

  it('work of two lanes waits for both, and holds up what is younger in either', async () => {
    const { begun, add, end } = openWindow(() => 9);
    await add('left', '1');
    await add('right', '2');
    await add('both', '1', '2');
    await add('later', '2');
    await end('right');
    expect(begun).toEqual(['left', 'right']);

    await end('left');
    expect(begun).toEqual(['left', 'right', 'both']);
    await end('both');

    expect(begun).toEqual(['left', 'right', 'both', 'later']);
  });

  it('a limit that falls lets nothing begin until enough has ended', async () => {
    let limit = 3;
    const { begun, add, end } = openWindow(() => limit);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await add(name);

    limit = 1;
    await end('a');
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
    await end('c');

    expect(begun).toEqual(['a', 'b', 'c', 'd']);
  });

  it('no more is taken on than may wait', async () => {
    const { add, end } = openWindow(() => 1, 2);
    for (const name of ['running', 'waits', 'waits too']) await add(name);
    let taken = false;

    const adding = add('one too many').then(() => {
      taken = true;
    });
    await settled();
    expect(taken).toBe(false);
    await end('running');
    await adding;

    expect(taken).toBe(true);
  });

  it('idle when the last has ended', async () => {
    const { window, add, end } = openWindow(() => 1);
    await window.idle();
    await add('a');
    await add('b');
    let idle = false;

    const waiting = window.idle().then(() => {
      idle = true;
    });
    await end('a');
    expect(idle).toBe(false);
    await end('b');
    await waiting;

    expect(idle).toBe(true);
  });

  it('work that throws is told to whoever waits, and what waited is not begun', async () => {
    const { window, begun, add, end, fail } = openWindow(() => 2);
    for (const name of ['throws', 'running', 'waiting']) await add(name);
    const told = expect(window.idle()).rejects.toThrow('a bug');

    fail('throws', new TypeError('a bug'));
    await end('running');

    await told;
    expect(begun).toEqual(['throws', 'running']);
  });
});
