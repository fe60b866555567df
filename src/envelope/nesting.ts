import { nestsDeeperThan } from './json-scan.js';

/** The objects and arrays that a value consists of: how many, and how deep the deepest lies. */
interface Containers {
  count: number;
  deepest: number;
}

type Container = Readonly<Record<string, unknown>>;

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Goes no deeper than one level below `limit`, however deep the value is. */
const visit = (container: Container, depth: number, limit: number, found: Containers): void => {
  found.count += 1;
  if (depth > found.deepest) found.deepest = depth;
  if (depth > limit) return;
  if (Array.isArray(container)) {
    for (const item of container) if (isContainer(item)) visit(item, depth + 1, limit, found);
    return;
  }
  // Parsed objects inherit nothing that could be listed; their values as a list would have to be made first.
  for (const name in container) {
    const member = container[name];
    if (isContainer(member)) visit(member, depth + 1, limit, found);
  }
};

/** What stands before an object or array that does not begin the text: white space, `,`, `:` or `[`. */
const precedesContainer = (code: number): boolean =>
  code === 0x3a || code === 0x2c || code === 0x5b || code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

const openings = (text: string, bracket: '{' | '[', most: number): number => {
  let count = 0;
  for (let at = text.indexOf(bracket); at !== -1 && count < most; at = text.indexOf(bracket, at + 1)) {
    if (at === 0 || precedesContainer(text.charCodeAt(at - 1))) count += 1;
  }
  return count;
};

/**
 * So many objects and arrays JSON text has at most, counted up to `most`. Inside its strings only such brackets count as could
 * open one: none of `https://api.github.com/keys{/key_id}`, of which GitHub sends dozens.
 */
export const mostContainers = (text: string, most: number): number => {
  const objects = openings(text, '{', most);
  return objects + openings(text, '[', most - objects);
};

export interface ParsedJson {
  readonly bytes: Buffer;
  readonly value: unknown;
  /** What `mostContainers` says of the text. */
  readonly mostContainers: number;
}

/**
 * Whether JSON that has been parsed nests deeper than `limit`: never with so few containers in all. Else the value tells what
 * is left of the text; what a repeated name hid is in the text alone, and lies no deeper than the value and all containers
 * that it does not account for. Only when that is too deep, the text itself is gone through, which takes ten times as long.
 */
export const parsedNestsDeeperThan = ({ bytes, value, mostContainers }: ParsedJson, limit: number): boolean => {
  if (mostContainers <= limit || !isContainer(value)) return false;
  const found = { count: 0, deepest: 0 };
  visit(value, 1, limit, found);
  if (found.deepest > limit) return true;
  const hidden = mostContainers - found.count;
  return found.deepest + hidden > limit && nestsDeeperThan(bytes, limit);
};
