import { describe, expect, it } from 'vitest';
import { BodyRecord } from '../../../src/body-record/body-record.js';
import { decodeSeen, encodeSeen, idAlone, KnownBodies, seenBodyOf } from '../../../src/body-record/known-bodies.js';
import { ManualClock } from '../../support/manual-clock.js';
import { createMemoryBodyLog, type SharedParts } from '../../support/memory/body-log.js';

const body = (bytes: string, id = 'id-1', type = 'github.push', provider = 'github') =>
  seenBodyOf({ provider, type, id, sha256: bytes });

interface World {
  readonly clock: ManualClock;
  readonly parts: SharedParts;
  isAway: boolean;
  isHealthy: boolean;
}

const world = (): World => ({ clock: new ManualClock(), parts: new Map(), isAway: false, isHealthy: true });

const instance = (shared: World, name: string, capacity = 1000): BodyRecord =>
  new BodyRecord({
    clock: shared.clock,
    capacity,
    log: createMemoryBodyLog(shared.parts, name, () => shared.isAway),
    circuit: {
      get isHealthy() {
        return shared.isHealthy;
      },
    },
    outside: (work) => work(),
  });

const settled = () => new Promise((resolve) => setImmediate(resolve));

const passes = async ({ clock }: World, ms: number): Promise<void> => {
  clock.advance(ms);
  await settled();
};

describe('the record of bodies', () => {
  it('tells the same delivery from its body under another id or type', () => {
    const record = instance(world(), 'a');
    record.remember(body('x'));

    expect(record.recall(body('x'))).toBe('same');
    expect(record.recall(body('x', 'id-2'))).toBe('other-id');
    expect(record.recall(body('x', 'id-1', 'github.release'))).toBe('other-type');
    expect(record.recall(body('y'))).toBe('new');
    expect(record.recall(body('x', 'id-2', 'github.push', 'github-acme'))).toBe('new');
  });

  it('reaches another instance within the time that is stated, and one that starts later', async () => {
    const shared = world();
    const [one, other] = [instance(shared, 'one'), instance(shared, 'other')];
    other.recall(body('z'));
    await settled();
    one.remember(body('x'));

    await passes(shared, 2_000);
    await passes(shared, 8_000);
    other.recall(body('z'));
    await settled();
    const later = instance(shared, 'later');
    await later.look();

    expect(other.recall(body('x', 'id-2'))).toBe('other-id');
    expect(later.recall(body('x', 'id-2'))).toBe('other-id');
  });

  it('writes down once what comes again', async () => {
    const shared = world();
    const record = instance(shared, 'one');
    for (let n = 0; n < 3; n++) record.remember(body('x'));
    for (let n = 0; n < 3; n++) record.remember(idAlone(body('y')));

    await passes(shared, 2_000);

    expect([...shared.parts.values()].flatMap(decodeSeen)).toEqual([body('x'), idAlone(body('y'))]);
  });

  it('costs one write for many bodies, and nothing while no webhooks come', async () => {
    const shared = world();
    const record = instance(shared, 'one');
    for (let n = 0; n < 500; n++) record.remember(body(`x${n}`));

    await passes(shared, 2_000);

    expect([...shared.parts.values()].map((bytes) => bytes.length)).toEqual([500 * 32]);
    expect(shared.clock.pendingTimers).toBe(0);
  });

  it('a kill loses what was accepted since the last write, and nothing else', async () => {
    const shared = world();
    const killed = instance(shared, 'killed');
    killed.remember(body('written'));
    await passes(shared, 2_000);
    killed.remember(body('lost'));

    const next = instance(shared, 'next');
    await next.look();

    expect(next.recall(body('written', 'id-2'))).toBe('other-id');
    expect(next.recall(body('lost', 'id-2'))).toBe('new');
  });

  it('storage that is away is tried again, and takes what waited', async () => {
    const shared = world();
    const record = instance(shared, 'one');
    shared.isAway = true;
    record.remember(body('x'));
    await passes(shared, 2_000);
    shared.isHealthy = false;
    await passes(shared, 2_000);
    expect(shared.parts.size).toBe(0);
    expect(record.recall(body('x', 'id-2'))).toBe('other-id');

    shared.isAway = false;
    shared.isHealthy = true;
    await passes(shared, 2_000);

    expect([...shared.parts.values()].flatMap(decodeSeen)).toEqual([body('x')]);
  });

  it('remembers for eight days, and then no longer', async () => {
    const shared = world();
    const record = instance(shared, 'one');
    record.remember(body('x'));
    await passes(shared, 8 * 86_400_000);
    await record.look();
    expect(record.recall(body('x', 'id-2'))).toBe('other-id');

    await passes(shared, 86_400_000);
    await record.look();

    expect(record.recall(body('x', 'id-2'))).toBe('new');
  });

  it('knows on which day other bytes came under an id, on every instance, and of a route alone', async () => {
    const shared = world();
    const record = instance(shared, 'one');
    record.remember(body('x'));
    record.remember(idAlone(body('plain', 'id-2')));
    await passes(shared, 2_000);
    const other = instance(shared, 'other');
    await other.look();

    for (const each of [record, other]) {
      expect(each.dayOfConflict(body('y'), '2026-01-02')).toBe('2026-01-01');
      expect(each.dayOfConflict(body('y', 'id-2'), '2026-01-02')).toBe('2026-01-01');
      expect(each.dayOfConflict(body('y'), '2026-01-01')).toBeUndefined();
      expect(each.dayOfConflict(body('x'), '2026-01-02')).toBeUndefined();
      expect(each.dayOfConflict(body('plain', 'id-2'), '2026-01-02')).toBeUndefined();
      expect(each.dayOfConflict(body('y', 'id-1', 'github.push', 'github-acme'), '2026-01-02')).toBeUndefined();
      expect(each.recall(body('plain', 'id-3'))).toBe('new');
    }
  });

  it('an entry that is half written is read when it is whole', async () => {
    const shared = world();
    const bytes = encodeSeen([body('x'), body('y')]);
    const record = instance(shared, 'one');
    shared.parts.set('2026-01-01/two', bytes.subarray(0, 40));
    await record.look();
    expect(record.recall(body('y', 'id-2'))).toBe('new');

    shared.parts.set('2026-01-01/two', bytes);
    await record.look();

    expect(record.recall(body('y', 'id-2'))).toBe('other-id');
  });
});

describe('known bodies', () => {
  it('stay within their capacity: the oldest day goes first', () => {
    const known = new KnownBodies(100);
    for (let n = 0; n < 60; n++) known.add('2026-01-02', body(`new${n}`));
    for (let n = 0; n < 60; n++) known.add('2026-01-01', body(`old${n}`));

    expect(known.size).toBeLessThanOrEqual(100);
    expect(known.find(body('new0').key)).toBeDefined();
    expect(known.find(body('old0').key)).toBeUndefined();
    expect(known.find(body('old59').key)).toBeDefined();
  });

  it('keep no more than eight bodies of one id', () => {
    const known = new KnownBodies(100);
    for (let n = 0; n < 20; n++) known.add('2026-01-01', idAlone(body(`x${n}`)));

    expect(known.dayOfOthers('2026-01-02', body('x7'))).toBeUndefined();
    expect(known.dayOfOthers('2026-01-02', body('x8'))).toBe('2026-01-01');
  });

  it('hold 20,000 in the memory that the setting states', () => {
    const known = new KnownBodies(20_000);
    for (let n = 0; n < 100_000; n++) known.add('2026-01-01', body(`x${n}`));

    expect(known.size).toBeLessThanOrEqual(20_000);
  });
});
