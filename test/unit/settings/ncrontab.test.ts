import { describe, expect, it } from 'vitest';
import { isNcrontab } from '../../../src/settings/ncrontab.js';

describe('NCRONTAB', () => {
  it.each([
    '*/30 * * * * *',
    '0 */5 * * * *',
    '0 30 9 * JAN,FEB Mon-Fri',
    '0 0 0 1-15/2 * *',
    '0,15,30,45 * * * * *',
    '0 0 8-18 * * 1-5',
    '0 0 0 * January Sunday',
  ])('schedule: %s is one', (text) => {
    expect(isNcrontab(text)).toBe(true);
  });

  it.each([
    '',
    '* * * * *',
    '* * * * * * *',
    '60 * * * * *',
    '0 60 * * * *',
    '0 0 24 * * *',
    '0 0 0 0 * *',
    '0 0 0 32 * *',
    '0 0 0 * 13 *',
    '0 0 0 * * 7',
    '*/0 * * * * *',
    '*/x * * * * *',
    '1-2-3 * * * * *',
    '0 0 0 * FOO *',
    '0 0 0 * * MONKEY',
    '0 0 0 * JANE *',
    '00:00:30',
    '@hourly',
    '1,,2 * * * * *',
  ])('schedule: %j is none', (text) => {
    expect(isNcrontab(text)).toBe(false);
  });
});
