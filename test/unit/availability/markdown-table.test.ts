import { describe, expect, it } from 'vitest';
import { judge } from '../../availability/books/judge.js';
import { markdownTable, putTable } from '../../availability/books/markdown-table.js';
import type { SideResult } from '../../availability/run-availability.js';

const result: SideResult = {
  ...judge([], { archive: [], bots: [], owed: new Set() }),
  side: 'Breakwater',
  sent: 4_500,
  reached: 4_499,
  heard: 4_499,
  reachedOfHeard: 4_499,
  answered2xx: 2_250,
  again: 5,
  byOutbox: 1_733,
  lost: { cut: 1 },
  p50Ms: 30,
  p99Ms: 2_710,
  slowestMs: 3_240,
  kills: 0,
  endedByItself: 0,
  calls: [],
};

describe('availability: table', () => {
  it('has a row for each seed and side, shares cut and not rounded', () => {
    const table = markdownTable([{ seed: 3, kills: true, sides: [result] }]);

    expect(table.split('\n').at(-1)).toBe(
      '| 3 | Breakwater | 99.9 % | 100.0 % | 50.0 % | 50.0 % | 5 | 1,733 | 0.0 s | 2.7 s | 3.2 s | 1 cut |',
    );
    expect(table).toContain('With kills');
    expect(table).not.toContain('Without kills');
  });

  it('goes between the marks of a page, in place of what stood there', () => {
    const page = 'before\n<!-- availability -->\nold\n<!-- /availability -->\nafter\n';

    expect(putTable(page, 'new')).toBe('before\n<!-- availability -->\n\nnew\n\n<!-- /availability -->\nafter\n');
    expect(() => putTable('no marks', 'new')).toThrow('The page has no "<!-- availability -->"');
  });
});
