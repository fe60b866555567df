import { describe, expect, it } from 'vitest';
import type { EventWay, PreparedEvent } from '../../../src/ingest/event-way.js';
import { normalize } from '../../../src/ingest/normalize.js';
import type { EventOutcome } from '../../../src/ingest/outcome.js';
import type { ReadEvent } from '../../../src/ingest/read-delivery.js';
import { takeEvents } from '../../../src/ingest/take-events.js';
import { startRequestBudget } from '../../../src/ingest/time-limits.js';
import { cloudevents } from '../../../src/providers/cloudevents.js';
import { ManualClock } from '../../support/manual-clock.js';

const unavailable: EventOutcome = {
  kind: 'unavailable',
  code: 'PayloadNotStorable',
  service: 'blob-storage',
  retryAfterMs: 1,
};
const kept: EventOutcome = { kind: 'rejected', code: 'MissingHeader', detail: 'stands for any other answer' };

const bot = { name: 'a', queue: 'q', events: ['*'], ordered: true, orderBy: 'entity' } as const;

/** Event `n` belongs to conversation `conversationOf(n)`. */
const eventsOf = (count: number, conversationOf: (n: number) => number): readonly ReadEvent[] =>
  Array.from({ length: count }, (_, n) => {
    const value = { id: String(n), source: '/s', type: 't', subject: String(conversationOf(n)) };
    const body = Buffer.from(JSON.stringify(value));
    return {
      delivery: { headers: new Headers(), body, receivedAt: new Date(0) },
      contentType: 'application/json',
      payload: { kind: 'json', value, verbatimJson: true },
    };
  });

const context = { correlationId: 'c', traceparent: 't', secretVersion: 'v' };

const numberOf = ({ event }: PreparedEvent): number => Number(event.description.deliveryId);

const wayThat = (keep: (n: number) => Promise<EventOutcome> | EventOutcome): EventWay => ({
  prepare: (read) => {
    const event = normalize(cloudevents, read, context);
    return event.kind === 'rejected' ? event : { kind: 'prepared', event, bots: [bot] };
  },
  keep: async (prepared) => keep(numberOf(prepared)),
});

const take = (events: readonly ReadEvent[], way: EventWay, mayBegin: () => boolean = () => true) =>
  takeEvents({
    events,
    places: events.map((_, index) => index),
    way,
    budget: () => startRequestBudget(new ManualClock(), 9_000),
    mayBegin,
    atOnce: () => 4,
  });

describe('events of a batch', () => {
  it('go several at once, those of one session one after the other', async () => {
    const running = new Set<number>();
    let most = 0;
    const sameSession: number[] = [];

    await take(
      eventsOf(20, (n) => n % 5),
      wayThat(async (n) => {
        for (const other of running) if (other % 5 === n % 5) sameSession.push(n);
        running.add(n);
        most = Math.max(most, running.size);
        await new Promise((resolve) => setImmediate(resolve));
        running.delete(n);
        return kept;
      }),
    );

    expect(most).toBe(4);
    expect(sameSession).toEqual([]);
  });

  it('that cannot be kept hold up the later ones of their session and nobody else', async () => {
    const begun: number[] = [];

    const { left, outcomes } = await take(
      eventsOf(20, (n) => n % 5),
      wayThat((n) => {
        begun.push(n);
        return n === 6 ? unavailable : kept;
      }),
    );

    expect(left).toEqual([6, 11, 16]);
    expect(begun).not.toContain(11);
    expect(outcomes.get(6)).toBe(unavailable);
    expect(outcomes.size).toBe(18);
  });

  it('are not begun any more after three in a row that cannot be kept', async () => {
    let begun = 0;

    const { left } = await take(
      eventsOf(1_000, (n) => n),
      wayThat(() => {
        begun += 1;
        return unavailable;
      }),
    );

    expect(begun).toBeLessThanOrEqual(3 + 4);
    expect(left).toHaveLength(1_000);
  });

  it('are not begun any more when there is no time, and are all told as left', async () => {
    let begun = 0;

    const { left, outcomes } = await take(
      eventsOf(200, (n) => n % 3),
      wayThat(() => {
        begun += 1;
        return kept;
      }),
      () => begun < 10,
    );

    expect(outcomes.size + left.length).toBe(200);
    expect(left.length).toBeGreaterThan(180);
    expect(left.every((place) => !outcomes.has(place))).toBe(true);
  });
});
