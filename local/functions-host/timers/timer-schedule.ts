import { Cron } from 'croner';
import type { Environment } from '../host-json.js';

/** When a timer fires. Times are milliseconds since 1970 UTC. */
export interface TimerSchedule {
  readonly text: string;
  /** Whether occurrences keep to the local clock when it is put forward or back. */
  readonly adjustForDst: boolean;
  /** The first occurrence after `afterMs`; `undefined` when there is none. */
  next(afterMs: number): number | undefined;
}

const months = 'January February March April May June July August September October November December';
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday';
const names = `${months} ${days}`.split(' ').map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`);

const value = `(?:\\d{1,2}|${names.join('|')})`;
const item = `(?:\\*|${value}(?:-${value})?)(?:/\\d{1,2})?`;
const field = new RegExp(`^${item}(?:,${item})*$`, 'i');
const sundayAsSeven = /(?:^|[,-])0?7(?=[,/-]|$)/;

const timeSpan = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/;

/**
 * Reads a timer's schedule: NCRONTAB (`{second} {minute} {hour} {day} {month} {day-of-week}`, seconds optional, day
 * and day-of-week must both fit) or a .NET `TimeSpan` such as `00:05:00`; `%NAME%` stands for a setting.
 * Throws a `RangeError` that says what is wrong with it.
 */
export const readTimerSchedule = (expression: string, environment: Environment): TimerSchedule => {
  const text = resolveSettings(expression, environment).trim().replaceAll(/\s+/g, ' ');
  return timeSpan.test(text) ? constantSchedule(text) : cronSchedule(text);
};

const resolveSettings = (expression: string, environment: Environment): string =>
  expression.replaceAll(/%([^%]+)%/g, (_whole, name: string) => {
    const setting = environment[name] ?? environment[name.replaceAll(':', '__')];
    if (setting === undefined || setting === '') throw new RangeError(`'%${name}%' does not resolve to a value`);
    return setting;
  });

const constantSchedule = (text: string): TimerSchedule => {
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', fraction = '0'] = timeSpan.exec(text) ?? [];
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) throw notASchedule(text);
  const wholeSeconds = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  const intervalMs = Math.floor((wholeSeconds + Number(`0.${fraction}`)) * 1000);
  if (intervalMs < 1) throw notASchedule(text);
  return { text, adjustForDst: false, next: (afterMs) => afterMs + intervalMs };
};

const isNcrontab = (text: string): boolean => {
  const fields = text.split(' ');
  const isSound = (fields.length === 5 || fields.length === 6) && fields.every((one) => field.test(one));
  return isSound && !sundayAsSeven.test(fields.at(-1) ?? '');
};

const cronSchedule = (text: string): TimerSchedule => {
  if (!isNcrontab(text)) throw notASchedule(text);
  const cron = parseCron(text);
  return { text, adjustForDst: true, next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
};

const parseCron = (text: string): Cron => {
  try {
    const abbreviated = text.replaceAll(/[a-z]+/gi, (name) => name.slice(0, 3));
    return new Cron(abbreviated, { mode: '5-or-6-parts', domAndDow: true, sloppyRanges: true });
  } catch {
    throw notASchedule(text);
  }
};

const notASchedule = (text: string): RangeError =>
  new RangeError(`the schedule "${text}" is neither an NCRONTAB expression nor a TimeSpan`);
