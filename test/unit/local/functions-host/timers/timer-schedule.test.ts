import { describe, expect, test } from 'vitest';
import { readTimerSchedule } from '../../../../../local/functions-host/timers/timer-schedule.js';

const local = (text: string): number => new Date(text).getTime();

const nextAfter = (expression: string, after: string): string | undefined => {
  const next = readTimerSchedule(expression, {}).next(local(after));
  return next === undefined
    ? undefined
    : new Date(next - new Date(next).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
};

describe('timer schedule', () => {
  test.each([
    ['*/10 * * * * *', '2026-03-01T12:00:00', '2026-03-01T12:00:10'],
    ['0 */5 * * * *', '2026-03-01T12:02:00', '2026-03-01T12:05:00'],
    ['0 30 9 * * Mon-Fri', '2026-03-07T00:00:00', '2026-03-09T09:30:00'],
    ['0 30 9 * January monday', '2026-03-07T00:00:00', '2027-01-04T09:30:00'],
    ['0 0 9-17/4 * * *', '2026-03-01T10:00:00', '2026-03-01T13:00:00'],
    ['0 5/20 * * * *', '2026-03-01T12:26:00', '2026-03-01T12:45:00'],
    ['*/5 * * * *', '2026-03-01T12:02:00', '2026-03-01T12:05:00'],
    ['0 0 0 13 * 5', '2026-03-01T00:00:00', '2026-03-13T00:00:00'],
    ['0 0 0 13 * 5', '2026-03-13T00:00:00', '2026-11-13T00:00:00'],
  ])('%s after %s is %s', (expression, after, expected) => {
    expect(nextAfter(expression, after)).toBe(expected);
  });

  test('the next occurrence lies strictly after the moment asked for', () => {
    const schedule = readTimerSchedule('* * * * * *', {});

    expect(schedule.next(1_000)).toBe(2_000);
    expect(schedule.next(1_001)).toBe(2_000);
  });

  test.each([
    ['00:05:00', 300_000],
    ['00:00:00.250', 250],
    ['1.02:00:00', 93_600_000],
    ['01:30', 5_400_000],
  ])('the TimeSpan %s is an interval of %i ms', (expression, intervalMs) => {
    const schedule = readTimerSchedule(expression, {});

    expect(schedule.next(10)).toBe(10 + intervalMs);
    expect(schedule.adjustForDst).toBe(false);
  });

  test('a setting stands in for the whole schedule or a part of it', () => {
    const environment = { EVERY: '0 */5 * * * *', HOUR: '7', Timers__Nightly: '0 0 3 * * *' };

    expect(readTimerSchedule('%EVERY%', environment).text).toBe('0 */5 * * * *');
    expect(readTimerSchedule('0 0 %HOUR% * * *', environment).text).toBe('0 0 7 * * *');
    expect(readTimerSchedule('%Timers:Nightly%', environment).text).toBe('0 0 3 * * *');
  });

  test.each([
    '',
    'daily',
    '@daily',
    '* * * *',
    '* * * * * * *',
    '60 * * * * *',
    '0 0 0 L * *',
    '0 0 0 ? * *',
    '0 0 0 * * 7',
    '0 0 0 * * 5#2',
    '0 0 0 * Frog *',
    '0 0 0 * * Jan',
    '24:00:00',
    '00:60:00',
    '00:00:00',
  ])('"%s" is no schedule', (expression) => {
    expect(() => readTimerSchedule(expression, {})).toThrow('neither an NCRONTAB expression nor a TimeSpan');
  });

  test('a date that never comes has no next occurrence', () => {
    expect(readTimerSchedule('0 0 0 30 2 *', {}).next(0)).toBeUndefined();
  });
});
