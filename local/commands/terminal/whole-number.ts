import { CommandError } from './command-error.js';

export interface WholeNumberRange {
  readonly option: string;
  readonly from: number;
  readonly to: number;
}

/** Reads an option's whole number; throws `CommandError` naming the option, its value and its bounds. */
export const readWholeNumber = (value: string, { option, from, to }: WholeNumberRange): number => {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= from && number <= to) return number;
  throw new CommandError(`--${option} "${value}" is not a whole number from ${from} to ${to}`);
};
