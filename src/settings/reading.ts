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

/** The environment's variables by name; unset and blank ones are absent, so an empty value means "not set". */
export type RawEnvironment = Readonly<Record<string, string>>;

const isSecret = (name: string): boolean => name === 'ADMIN_TOKEN' || name.startsWith('WEBHOOK_SECRET_');

/** Drops what is unset or blank and trims the rest, but for secrets, in which every byte counts. */
export const withoutBlanks = (environment: Readonly<Record<string, string | undefined>>): RawEnvironment => {
  const entries: (readonly [string, string])[] = [];
  for (const [name, value = ''] of Object.entries(environment)) {
    if (value.trim() !== '') entries.push([name, isSecret(name) ? value : value.trim()]);
  }
  return Object.fromEntries(entries);
};
