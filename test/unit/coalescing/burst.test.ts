import { describe, expect, it } from 'vitest';
import { decodeState, encodeState, judgeBurst } from '../../../src/coalescing/burst.js';
import type { WaitingEvent } from '../../../src/coalescing/burst-source.js';

const coalesce = { quietSeconds: 30, maxWaitSeconds: 300 };

const waiting = (id: string, sequence: number, isDue = true): WaitingEvent => ({
  message: {
    body: Buffer.from(JSON.stringify({ id })),
    messageId: `m-${id}`,
    correlationId: 'c',
    subject: 's',
    contentType: 'application/json',
    applicationProperties: { bot: 'latest' },
  },
  sequence,
  dueAtMs: sequence * 1_000,
  isDue,
});

/** `arrivedS`: by the envelope, whenever it becomes due. */
const arrived = (id: string, arrivedS: number, dueS: number, isDue: boolean): WaitingEvent => {
  const one = waiting(id, dueS, isDue);
  const time = new Date(arrivedS * 1_000).toISOString();
  return { ...one, message: { ...one.message, body: Buffer.from(JSON.stringify({ id, time })) } };
};

describe('a burst', () => {
  it('is told by its newest event, also when an older one becomes due later, as after the quiet time was made shorter', () => {
    const [old, older] = [arrived('old', 10, 100, false), arrived('older', 5, 11, true)];
    const newest = arrived('new', 20, 22, true);

    const waits = judgeBurst(undefined, [older, newest, old], coalesce);
    const state = waits.kind === 'goes-on' ? waits.state : undefined;
    const ends = judgeBurst(state, [newest, { ...old, isDue: true }], coalesce);

    expect(waits).toMatchObject({ kind: 'goes-on', state: { ids: ['older'], count: 1 }, due: 1 });
    expect(ends).toMatchObject({
      message: { messageId: 'm-new', applicationProperties: { coalescedids: '["older","old","new"]' } },
      due: 2,
    });
  });

  it('waits for no event that becomes due too late, as one of an instance whose clock is an hour ahead', () => {
    const ahead = arrived('ahead', 3_600, 3_630, false);

    expect(judgeBurst(undefined, [arrived('now', 1, 31, true), ahead], coalesce)).toMatchObject({
      kind: 'ends',
      message: { messageId: 'm-now' },
      due: 1,
    });
  });

  it('names the latest thousand of its events, as far as they fit, and counts all', () => {
    const many = Array.from({ length: 1_500 }, (_, n) => waiting(`72d3162e-cc78-11e3-81ab-${n}`, n));

    const verdict = judgeBurst(undefined, many, coalesce);

    const properties = verdict.kind === 'ends' ? verdict.message.applicationProperties : {};
    const ids: string[] = JSON.parse(properties['coalescedids'] ?? '[]');
    expect(properties).toMatchObject({ bot: 'latest', coalescedcount: '1500' });
    expect(ids.at(-1)).toBe('72d3162e-cc78-11e3-81ab-1499');
    expect(ids.length).toBeGreaterThan(700);
    expect(Buffer.byteLength(properties['coalescedids'] ?? '')).toBeLessThanOrEqual(24_576);
  });

  it('one of whose events became due while it was looked at, and is seen twice, is over', () => {
    const seen = [waiting('a', 1, false), waiting('b', 2, false), waiting('a', 3), waiting('b', 4)];

    expect(judgeBurst(undefined, seen, coalesce)).toMatchObject({ kind: 'ends', due: 2 });
    expect(judgeBurst(undefined, [...seen, waiting('c', 5, false)], coalesce)).toMatchObject({
      kind: 'goes-on',
      due: 2,
    });
  });

  it('whose events were remembered before a kill counts none of them twice', () => {
    const first = judgeBurst(undefined, [waiting('a', 1), waiting('b', 2), waiting('c', 3, false)], coalesce);
    const state = first.kind === 'goes-on' ? first.state : undefined;

    const again = judgeBurst(state, [waiting('a', 1), waiting('b', 2), waiting('c', 3, false)], coalesce);

    expect(again).toMatchObject({ kind: 'goes-on', state: { ids: ['a', 'b'], count: 2 }, due: 2 });
  });

  it.each([
    '',
    '[]',
    '{"ids":[1],"count":1,"sinceMs":1}',
    'no JSON',
  ])('whose state is %j has none: it names fewer, and is sent all the same', (text) => {
    expect(decodeState(Buffer.from(text))).toBeUndefined();
    expect(judgeBurst(decodeState(Buffer.from(text)), [waiting('a', 1)], coalesce)).toMatchObject({ kind: 'ends' });
  });

  it('whose state was kept has it again', () => {
    const state = { ids: ['a', 'ü'], count: 2, sinceMs: 5 };

    expect(decodeState(encodeState(state))).toEqual(state);
  });

  it('what is no envelope is named by its message', () => {
    const broken = { ...waiting('a', 1), message: { ...waiting('a', 1).message, body: Buffer.from('{') } };

    expect(judgeBurst(undefined, [broken], coalesce)).toMatchObject({
      message: { applicationProperties: { coalescedids: '["m-a"]' } },
    });
  });
});
