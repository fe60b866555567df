import { describe, expect, it } from 'vitest';
import { isFresh, readTimestamp } from '../../../src/signatures/timestamp.js';

describe('a timestamp', () => {
  it.each([
    ['1700000000', 'seconds', 1_700_000_000_000],
    ['0', 'seconds', 0],
    ['1700000000123', 'milliseconds', 1_700_000_000_123],
    ['2019-11-16T10:11:12.123Z', 'rfc3339', 1_573_899_072_123],
    ['2019-11-16T10:11:12Z', 'rfc3339', 1_573_899_072_000],
    ['2019-11-16T10:11:12.634234626Z', 'rfc3339', 1_573_899_072_634],
    ['2019-11-16T10:11:12.1Z', 'rfc3339', 1_573_899_072_100],
  ] as const)('%s in %s is read', (text, format, expected) => {
    expect(readTimestamp(text, format)).toBe(expected);
  });

  it.each([
    '',
    ' ',
    'NaN',
    'Infinity',
    '-Infinity',
    '-1',
    '+1700000000',
    '1e9',
    '0x65536F00',
    '0b1',
    '1_700_000_000',
    '1700000000.0',
    '1700000000abc',
    ' 1700000000',
    '1700000000 ',
    '1700000000\n',
    '1700000000, 1700000000',
    '١٧٠٠٠٠٠٠٠٠',
    '1'.repeat(13),
    '2019-11-16T10:11:12Z',
  ])('that is %j is none in seconds', (text) => {
    expect(readTimestamp(text, 'seconds')).toBeUndefined();
  });

  it.each([
    '1573899072',
    '2019-11-16',
    '2019-11-16 10:11:12Z',
    '2019-11-16T10:11:12',
    '2019-11-16T10:11:12+00:00',
    '2019-13-16T10:11:12Z',
    '2019-11-16T25:11:12Z',
    '2019-11-16T10:11:12.1234567890Z',
    '2019-11-16T10:11:12Z\n',
    '2019-11-16T10:11:12Z, 2019-11-16T10:11:12Z',
  ])('that is %j is none by RFC 3339', (text) => {
    expect(readTimestamp(text, 'rfc3339')).toBeUndefined();
  });

  it.each([
    [-300_000, true],
    [300_000, true],
    [-300_001, false],
    [300_001, false],
    [Number.NaN, false],
    [Number.POSITIVE_INFINITY, false],
  ])('%d ms from now within 300 s: %s', (distanceMs, expected) => {
    const window = { format: 'milliseconds', toleranceSeconds: 300 } as const;

    expect(isFresh(1_700_000_000_000 + distanceMs, 1_700_000_000_000, window)).toBe(expected);
  });

  it.each([
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ])('in whole seconds, %d from now within 300 at any millisecond of now: %s, as senders’ own libraries judge', (distance, expected) => {
    const window = { format: 'seconds', toleranceSeconds: 300 } as const;

    for (const ms of [0, 1, 500, 999]) {
      expect(isFresh((1_700_000_000 + distance) * 1000, 1_700_000_000_000 + ms, window)).toBe(expected);
    }
  });
});
