import { expect, test } from 'vitest';
import { budgetAfterHostMs, startRequestBudget } from '../../../src/ingest/time-limits.js';
import { ManualClock } from '../../support/manual-clock.js';

test('request budget: a stage gets its share of what is left, not of the whole', () => {
  const clock = new ManualClock();
  const budget = startRequestBudget(clock, 9_000);
  const fresh = budget.shareMs('archive');

  clock.advance(3_000);

  expect(fresh).toBe(4_500);
  expect(budget.shareMs('archive')).toBe(3_000);
});

test('request budget: storage that fails at the end of its share leaves time for the copy to Service Bus', () => {
  const clock = new ManualClock();
  const budget = startRequestBudget(clock, 2_500);

  clock.advance(budget.shareMs('archive'));

  expect(budget.shareMs('backlog')).toBe(1_125);
});

test('request budget: all stages one after the other, each to its end, stay below the whole', () => {
  const clock = new ManualClock();
  const budget = startRequestBudget(clock, 9_000);

  for (const stage of ['secrets', 'archive', 'route', 'backlog'] as const) clock.advance(budget.shareMs(stage));

  expect(budget.elapsedMs()).toBeLessThan(9_000);
});

test('request budget: with less than 50 ms for a stage its call makes no sense, and gets no time', () => {
  const clock = new ManualClock();
  const budget = startRequestBudget(clock, 100);

  const enough = budget.shareMs('route');
  clock.advance(34);
  const tooLittle = budget.shareMs('route');
  clock.advance(500);

  expect([enough, tooLittle, budget.shareMs('route')]).toEqual([75, 0, 0]);
});

test('request budget: it starts earlier for a large body, by what the host took to read it', () => {
  const mb = 2 ** 20;

  expect([0, 10_000, mb].map((bytes) => budgetAfterHostMs(9_000, bytes))).toEqual([9_000, 9_000, 9_000]);
  expect(budgetAfterHostMs(9_000, 5 * mb)).toBe(8_120);
  expect(budgetAfterHostMs(9_000, 25 * mb)).toBe(3_720);
});

test('request budget: however large the body, the stores get a third of it', () => {
  expect(budgetAfterHostMs(2_500, 25 * 2 ** 20)).toBe(833);
});
