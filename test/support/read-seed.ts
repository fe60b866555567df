import { randomInt } from 'node:crypto';
import { readWholeNumber } from '../../local/commands/terminal/whole-number.js';

const largestSeed = 999_999_999;

/** The seed that was given to a command, or a new one. Throws `CommandError` for what is none. */
export const readSeed = (given: string | undefined): number =>
  readWholeNumber(given ?? String(randomInt(largestSeed)), { option: 'seed', from: 0, to: largestSeed });
