import { nestsDeeperThan } from './json-scan.js';

/** The objects and arrays that a value consists of: how many, and how deep the deepest lies. */
interface Containers {
  count: number;
  deepest: number;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Goes no deeper than one level below `limit`, however deep the value is. */
const visit = (value: object, depth: number, limit: number, found: Containers): void => {
  found.count += 1;
  found.deepest = Math.max(found.deepest, depth);
  if (depth > limit) return;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) if (isContainer(member)) visit(member, depth + 1, limit, found);
};

/** How often a character stands in a text, counted up to `most`. */
const occurrences = (text: string, character: string, most: number): number => {
  let count = 0;
  for (let at = text.indexOf(character); at !== -1 && count < most; at = text.indexOf(character, at + 1)) count += 1;
  return count;
};

export interface ParsedJson {
  readonly bytes: Buffer;
  readonly text: string;
  readonly value: unknown;
}

/**
 * Whether JSON that has been parsed nests deeper than `limit`. The value tells what is left of the text; what a repeated name
 * hid is in the text alone, and lies no deeper than the value and all brackets that the value does not account for. Only
 * when that is too deep, the text itself is gone through, which takes ten times as long.
 */
export const parsedNestsDeeperThan = ({ bytes, text, value }: ParsedJson, limit: number): boolean => {
  if (!isContainer(value)) return false;
  const found = { count: 0, deepest: 0 };
  visit(value, 1, limit, found);
  if (found.deepest > limit) return true;
  const harmless = found.count + limit - found.deepest;
  const braces = occurrences(text, '{', harmless + 1);
  const brackets = occurrences(text, '[', harmless + 1 - braces);
  return braces + brackets > harmless && nestsDeeperThan(bytes, limit);
};
