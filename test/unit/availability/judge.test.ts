import { describe, expect, it } from 'vitest';
import type { Entry } from '../../availability/books/delivery-book.js';
import type { BotHoldings, Holdings } from '../../availability/books/holdings.js';
import { judge, keepsItsWord } from '../../availability/books/judge.js';
import type { Answer } from '../../availability/traffic/answer.js';

const answered = (status: number, body: object = {}): Answer => ({
  kind: 'answered',
  status,
  text: JSON.stringify(body),
});

/** Sent one after the other, each answered before the next was sent. */
const entryOf = (number: number, answer: Answer = answered(202), changes: Partial<Entry> = {}): Entry => ({
  delivery: {
    id: `event-${number}`,
    atMs: number * 100,
    number,
    repository: 'octo-org/lane-1',
    entity: 'issue',
    entityNumber: 1,
    example: 0,
  },
  sha256: `hash-${number}`,
  sentAtMs: number * 100,
  answeredAtMs: number * 100 + 50,
  answer,
  ...changes,
});

const copyOf = (number: number) => ({
  id: `event-${number}`,
  sha256: `hash-${number}`,
  sessionId: 'session',
  shard: 0,
});

const botWith = (numbers: readonly number[]): BotHoldings => ({
  name: 'merge-warden',
  orderBy: 'entity',
  received: numbers.map((number) => copyOf(number)),
});

const holdings = (numbers: readonly number[], changes: Partial<Holdings> = {}): Holdings => ({
  archive: numbers.map((number) => copyOf(number)),
  bots: [botWith(numbers), { ...botWith(numbers), name: 'notifier', orderBy: undefined }],
  owed: new Set(),
  ...changes,
});

describe('availability: judging', () => {
  it('counts a delivery as reached once every bot has it', () => {
    const entries = [entryOf(0), entryOf(1, answered(503, { code: 'CircuitBreakerOpen', service: 'service-bus' }))];

    const figures = judge(entries, { ...holdings([0]), bots: [botWith([0, 1]), botWith([0])] });

    expect(figures).toMatchObject({ sent: 2, reached: 1, answered2xx: 1, acknowledgedLost: [] });
    expect(figures.lost).toEqual({ '503 CircuitBreakerOpen service-bus': 1 });
    expect(keepsItsWord(figures)).toBe(true);
  });

  it('breaks its word with a delivery that was acknowledged and reached not every bot', () => {
    const figures = judge([entryOf(0), entryOf(1)], { ...holdings([0, 1]), bots: [botWith([0, 1]), botWith([0])] });

    expect(figures.acknowledgedLost).toEqual(['event-1']);
    expect(keepsItsWord(figures)).toBe(false);
  });

  it('a delivery that a kill cut off has reached every bot once it was sent again; what was acknowledged then is promised', () => {
    const cut: Answer = { kind: 'cut', reason: 'ECONNRESET' };
    const entries = [
      entryOf(0, cut, { again: answered(202) }),
      entryOf(1, cut),
      entryOf(2, cut, { again: answered(202) }),
    ];

    const figures = judge(entries, holdings([0]));

    expect(figures).toMatchObject({ reached: 1, answered2xx: 0, again: 2, cut: 3, acknowledgedLost: ['event-2'] });
  });

  it('takes what is still owed for kept, and for no loss', () => {
    const figures = judge([entryOf(0)], { ...holdings([]), owed: new Set(['event-0']) });

    expect(figures).toMatchObject({ reached: 0, kept: 1, acknowledgedLost: [] });
  });

  it('takes an answer that says deferred or quarantined for kept', () => {
    const quarantined = answered(503, { code: 'SecretUnavailable', quarantined: true });
    const deferred = answered(503, { code: 'QueueingFailed', archived: true, deferred: true });

    const figures = judge([entryOf(0, quarantined), entryOf(1, deferred)], holdings([0, 1]));

    expect(figures).toMatchObject({ reached: 2, kept: 2, answered2xx: 0, byOutbox: 1, quarantined: 1 });
  });

  it('breaks its word with what a bot has twice, with other bytes, or from nobody', () => {
    const altered = { ...copyOf(0), sha256: 'other' };

    expect(keepsItsWord(judge([entryOf(0)], { ...holdings([0]), bots: [botWith([0, 0])] }))).toBe(false);
    expect(keepsItsWord(judge([entryOf(0)], holdings([0], { archive: [altered] })))).toBe(false);
    expect(keepsItsWord(judge([entryOf(0)], holdings([0, 1])))).toBe(false);
  });

  it('counts what nobody heard and what a kill cut apart from what was heard', () => {
    const entries = [entryOf(0), entryOf(1, { kind: 'nobody listened' }), entryOf(2, { kind: 'cut', reason: 'reset' })];

    expect(judge(entries, holdings([0]))).toMatchObject({
      reached: 1,
      heard: 1,
      reachedOfHeard: 1,
      nobodyListened: 1,
      cut: 1,
      lost: { 'nobody listened': 1, cut: 1 },
    });
  });

  it('sees an order only between deliveries of which one was answered before the other was sent', () => {
    const swapped = holdings([1, 0]);
    const atOnce = [entryOf(0, answered(202), { answeredAtMs: 500 }), entryOf(1)];

    expect(judge([entryOf(0), entryOf(1)], swapped).outOfOrder).toEqual(['event-0']);
    expect(judge(atOnce, swapped).outOfOrder).toEqual([]);
  });

  it('says nothing of the order of what two processes took, nor of what was quarantined and what was not', () => {
    const swapped = holdings([1, 0]);
    const by = (life: string): Answer => ({ kind: 'answered', status: 202, text: '{}', by: life });
    const quarantined = answered(503, { code: 'SecretUnavailable', quarantined: true });

    expect(judge([entryOf(0, by('1.1')), entryOf(1, by('2.1'))], swapped).outOfOrder).toEqual([]);
    expect(judge([entryOf(0, by('1.1')), entryOf(1, by('1.1'))], swapped).outOfOrder).toEqual(['event-0']);
    expect(judge([entryOf(0, quarantined), entryOf(1)], swapped).outOfOrder).toEqual([]);
    expect(judge([entryOf(0, quarantined), entryOf(1, quarantined)], swapped).outOfOrder).toEqual(['event-0']);
  });

  it('an answer after the ten seconds that GitHub waits is late, and no acknowledgement in time', () => {
    const figures = judge([entryOf(0, answered(202), { answeredAtMs: 10_001 })], holdings([0]));

    expect(figures).toMatchObject({ reached: 1, answered2xx: 0, late: 1, slowestMs: 10_001 });
  });
});
