import { describe, expect, it } from 'vitest';
import type { Entry } from '../../availability/books/delivery-book.js';
import type { Holdings } from '../../availability/books/holdings.js';
import { judgeShards } from '../../availability/books/judge-shards.js';
import { liesApartFrom, placementOf } from '../../availability/books/placement.js';

const bots = [
  { name: 'merge-warden', orderBy: 'entity' },
  { name: 'notifier', orderBy: undefined },
] as const;

const usual: { readonly status: number; readonly body: object } = {
  status: 202,
  body: { status: 'accepted', archived: true, degraded: [] },
};

const entryOf = (number: number, { status, body } = usual): Entry => ({
  delivery: {
    id: `event-${number}`,
    atMs: 0,
    number,
    repository: 'octo-org/lane-1',
    entity: 'issue',
    entityNumber: number,
    example: 0,
  },
  sha256: `hash-${number}`,
  sentAtMs: 0,
  answeredAtMs: number,
  answer: { kind: 'answered', status, text: JSON.stringify(body) },
});

const entries = Array.from({ length: 64 }, (_, number) => entryOf(number));
const apart = entries.filter((entry) => liesApartFrom(1, placementOf(entry, bots, 2)));
const others = entries.filter((entry) => !apart.includes(entry));

/** Every copy where it belongs. */
const held: Holdings = {
  archive: entries.map((entry) => copyIn(entry, placementOf(entry, bots, 2).archive)),
  bots: bots.map((bot) => ({
    ...bot,
    received: entries.map((entry) => copyIn(entry, placementOf(entry, bots, 2).bots.get(bot.name))),
  })),
  owed: new Set(),
};

function copyIn({ delivery: { id }, sha256 }: Entry, shard = 0) {
  return { id, sha256, sessionId: undefined, shard };
}

describe('availability: shards', () => {
  it('about a quarter has its account and both namespaces in the first of two shards', () => {
    expect(apart.length).toBeGreaterThan(8);
    expect(judgeShards(entries, held, 2)).toMatchObject({ apart: apart.length, noticed: [], misplaced: [] });
  });

  it('a delivery apart noticed it when it was refused, deferred or not archived; the others may', () => {
    const [refused = entryOf(0), deferred = entryOf(0), unarchived = entryOf(0)] = apart;
    const [concerned = entryOf(0)] = others;
    const answers = new Map([
      [refused, { status: 503, body: { ...usual.body, degraded: [] } }],
      [deferred, { status: 202, body: { ...usual.body, status: 'deferred', degraded: ['service-bus'] } }],
      [unarchived, { status: 202, body: { ...usual.body, archived: false, degraded: ['blob-storage'] } }],
      [concerned, { status: 503, body: { ...usual.body, degraded: [] } }],
    ]);
    const told = entries.map((entry) => entryOf(entry.delivery.number, answers.get(entry)));

    expect(judgeShards(told, held, 2).noticed).toEqual(
      [refused, deferred, unarchived].map(({ delivery }) => delivery.id),
    );
  });

  it('finds copies that lie in another shard than theirs', () => {
    const archive = held.archive.map((copy, index) => (index === 0 ? { ...copy, shard: 1 - copy.shard } : copy));

    expect(judgeShards(entries, { ...held, archive }, 2).misplaced).toEqual(['event-0']);
  });
});
