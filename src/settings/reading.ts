import type { SettingProblem } from './problem.js';

/** One part of the settings as read: its value, or everything that is wrong with it. */
export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** A reading that succeeded. */
export const valid = <T>(value: T): Reading<T> => ({ ok: true, value });

/** A reading that failed, with one problem or more. */
export const invalid = (...problems: readonly SettingProblem[]): Reading<never> => ({ ok: false, problems });

/** What a failed reading found; nothing for a good one. */
export const problemsOf = (reading: Reading<unknown>): readonly SettingProblem[] =>
  reading.ok ? [] : reading.problems;
