import { CommandError } from '../terminal/command-error.js';

/** A stretch of time, in milliseconds since 1970 UTC; the end does not belong to it. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

const momentOf = (text: string, option: string): number => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new CommandError(`--${option} ${text} is not a date and time`, 'e.g. 2026-01-31T08:00:00Z');
  return ms;
};

/** The stretch that two options name; without an end it ends now. Throws `CommandError` for a text that is not a date and time. */
export const readStretch = (from: string, to: string | undefined): Stretch => ({
  fromMs: momentOf(from, 'from'),
  toMs: to === undefined ? Date.now() : momentOf(to, 'to'),
});

/** How far into a stretch a moment lies, in whole percent. */
export const percentOf = (moment: string, { fromMs, toMs }: Stretch): number =>
  Math.floor((100 * (Date.parse(moment) - fromMs)) / Math.max(1, toMs - fromMs));
