/**
 * What a payload has lost that somebody parsed before. `form`, always: white space, repeated keys, the order of keys that are numbers, how
 * numbers and characters were written; a signature cannot be checked again. `digits`: it holds a number that JavaScript may have rounded.
 */
export type PayloadLoss = 'form' | 'digits';

/** A double keeps 15 decimal digits of any number (IEEE 754-2019); a shortest form of more may stand for another number. */
const keptDigits = 15;

const isDoubtful = (value: number): boolean => {
  if (Number.isInteger(value)) return !Number.isSafeInteger(value);
  const [digits = ''] = String(Math.abs(value)).split('e');
  return !Number.isFinite(value) || digits.replace('.', '').replace(/^0+/, '').length > keptDigits;
};

/** Without recursion: a payload may be nested as deep as `JSON.parse` goes. */
const hasDoubtfulNumber = (value: unknown): boolean => {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next === 'number' && isDoubtful(next)) return true;
    if (typeof next === 'object' && next !== null) for (const member of Object.values(next)) left.push(member);
  }
  return false;
};

/** What parsing has, or may have, taken from this payload. */
export const lossesOf = (value: unknown): readonly PayloadLoss[] =>
  hasDoubtfulNumber(value) ? ['form', 'digits'] : ['form'];
