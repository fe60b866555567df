import { describe, expect, it } from 'vitest';
import { judge } from '../../availability/books/judge.js';
import { titledTable } from '../../availability/books/markdown-table.js';
import { planAvailability } from '../../availability/plan/plan-availability.js';
import { readRequest } from '../../availability/read-request.js';
import type { SideResult } from '../../availability/run-availability.js';
import { boundPerSecond, broken } from '../../availability/suites.js';

const usual: Parameters<typeof readRequest>[0] = {
  rate: '25',
  seconds: '120',
  kills: false,
  reconcile: false,
  both: false,
  fault: [],
  shards: '1',
  secret: 'fallback',
  'queue-unavailable': 'reject',
};

const good: SideResult = {
  ...judge([], { archive: [], bots: [], owed: new Set() }),
  side: 'Breakwater',
  sent: 3_000,
  reached: 3_000,
  kept: 3_000,
  answered2xx: 3_000,
  drainedAfterSeconds: 4,
  kills: 0,
  endedByItself: 0,
  calls: [],
};

const plan = { seconds: 120 };
const apart = { apart: 40, noticed: [], p50Ms: 20, p99Ms: 90, slowestMs: 100, misplaced: [] };

describe('availability: suites', () => {
  it('`seeds` is ten runs of both sides, five without and five with kills', () => {
    const { runs } = readRequest({ ...usual, show: 'seeds' });

    expect(runs.map(({ plan: { seed, kills } }) => `${seed} ${kills}`)).toHaveLength(10);
    expect(new Set(runs.map(({ settings }) => settings['QUEUE_UNAVAILABLE']))).toEqual(new Set(['defer']));
    for (const { plan: planned } of runs) expect(planned.reconciles).toBe(planned.kills);
  });

  it('`alone` lets each dependency fail in each way, Key Vault with each way to a secret', () => {
    const { runs } = readRequest({ ...usual, show: 'alone' });

    expect(runs.map(({ title }) => title)).toContain('blob-storage slow:2100');
    expect(runs.map(({ title }) => title)).toContain('key-vault hang, secret: cold');
    expect(runs).toHaveLength(2 * 4 + 3 * 4);
  });

  it('`dead` counts the calls of both stores', () => {
    const { runs } = readRequest({ ...usual, show: 'dead' });

    expect(runs.map(({ plan: { fixed } }) => fixed.map(({ service, fault }) => `${service} ${fault}`))).toEqual([
      ['blob-storage reset', 'service-bus reset'],
      ['blob-storage hang', 'service-bus hang'],
    ]);
  });

  it('`shards` lets the stores of the second shard fail and no others', () => {
    const { runs } = readRequest({ ...usual, show: 'shards' });
    const plans = runs.map(({ plan: planned }) => planAvailability(planned));

    expect(runs.map(({ title }) => title)).toContain('service-bus:2 hang and blob-storage:2 hang');
    expect(new Set(plans.flatMap(({ outages }) => outages.map(({ shard }) => shard)))).toEqual(new Set([1]));
    expect(new Set(plans.map(({ shards }) => shards))).toEqual(new Set([2]));
  });

  it.each([
    ['seeds', good, []],
    ['seeds', { ...good, reached: 2_996 }, ['fewer than 99.9 % reached every bot']],
    ['seeds', { ...good, answered2xx: 2_996 }, ['fewer than 99.9 % were answered 2xx in time']],
    ['seeds', { ...good, answered2xx: 2_990, heard: 2_991, kills: 2 }, []],
    ['seeds', { ...good, answered2xx: 2_990, heard: 2_994, kills: 2 }, ['fewer than 99.9 % were answered 2xx in time']],
    ['seeds', { ...good, slowestMs: 9_000 }, ['an answer took 9 s or more']],
    ['seeds', { ...good, outOfOrder: ['a'] }, ['out of order']],
    ['alone', { ...good, kept: 2_999, reached: 2_999 }, ['not all were kept', 'not all reached every bot']],
    ['dead', { ...good, answered2xx: 2, reached: 1 }, ['something was acknowledged']],
    ['shards', { ...good, shards: apart }, []],
    ['shards', { ...good, shards: { ...apart, noticed: ['a'] } }, ['events of the other shard noticed it']],
    ['shards', { ...good, shards: { ...apart, misplaced: ['a'] } }, ['copies lie in another shard than theirs']],
    ['shards', good, ['events of the other shard noticed it', 'copies lie in another shard than theirs']],
  ] as const)('%s: says which limit was not kept', (suite, result, problems) => {
    expect(broken({ suite, plan }, result)).toEqual(problems);
  });

  it('the bound is that of docs/architecture.md: 64 + 1 + 2 T calls through the gate, with the tries of the SDK', () => {
    expect(boundPerSecond('blob-storage', 120)).toBeCloseTo(((65 + 240 + 25) * 3) / 120);
    const rate = { mean: 9, most: 9 };
    const calls = [{ service: 'blob-storage', connections: rate, pieces: rate }] as const;

    expect(broken({ suite: 'dead', plan }, { ...good, answered2xx: 1, calls })).toEqual([
      'blob-storage: 9.0 connections a second',
    ]);
  });

  it('the table has the deliveries apart in place of connections where there are shards', () => {
    const run = { seed: 1, kills: false, title: 'service-bus:2 hang', broken: [], sides: [{ ...good, shards: apart }] };

    expect(titledTable([run])).toMatch(/apart, noticed, their p99 \|.*\n.*\n.* \| 40, 0, 0\.1 s \| PASS \|$/);
  });

  it('the table says what failed and whether the limits were kept', () => {
    const run = { seed: 1, kills: false, title: 'both stores hang', broken: ['out of order'], sides: [good] };

    expect(titledTable([run]).split('\n').at(-1)).toBe(
      '| both stores hang | 100.0 % | 100.0 % | 100.0 % | 0 | 0.0 s | 0.0 s | 0.0 s | 4 s | - | FAIL: out of order |',
    );
  });
});
