import { expect, test } from 'vitest';
import { describeRecords } from '../../../../src/local/commands/eventing/stored-records.js';
import { stretchesOf } from '../../../../src/local/commands/eventing/stretches.js';
import { sampleRecord } from '../../outbox/sample-record.js';

const hourMs = 3_600_000;

test.each([
  ['less than an hour is one part', 0, 10, 1],
  ['a day goes hour by hour', 0, 24 * hourMs, 24],
  ['a year is cut into 48 parts', 0, 365 * 24 * hourMs, 48],
  ['nothing has no part', 5, 5, 0],
])('stretches: %s', (_, fromMs, toMs, parts) => {
  const stretches = stretchesOf({ fromMs, toMs });

  expect(stretches).toHaveLength(parts);
  for (const [index, stretch] of stretches.entries()) {
    expect(stretch.fromMs).toBe(index === 0 ? fromMs : stretches[index - 1]?.toMs);
    expect(stretch.toMs).toBeGreaterThan(stretch.fromMs);
  }
  if (parts > 0) expect(stretches.at(-1)?.toMs).toBe(toMs);
});

test('records: one line for each copy, with the last reason of its bot', () => {
  const failure = { bot: 'a', times: 1, firstAt: '2026-01-02T03:04:05.678Z', lastAt: '2026-01-02T03:04:05.678Z' };
  const record = sampleRecord({
    id: 'one',
    owed: [{ bot: 'a', attempts: 7 }, { bot: 'b' }],
    history: [
      { ...failure, reason: 'timeout' },
      { ...failure, reason: 'queue-missing' },
    ],
  });

  const [, first = '', second = ''] = describeRecords([record]);

  expect(first).toMatch(/one .* a +7 +queue-missing$/);
  expect(second).toMatch(/one .* b +0$/);
});
