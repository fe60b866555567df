import { skipSpace, skipValue } from './json-scan.js';

const closeBracket = 0x5d;

/** The bytes of each item of a JSON list, as views into `json`, which must hold a well-formed list. */
export const splitJsonList = (json: Buffer): readonly Buffer[] => {
  const items: Buffer[] = [];
  let at = skipSpace(json, skipSpace(json, 0) + 1);
  while (at < json.length && json[at] !== closeBracket) {
    const end = skipValue(json, at);
    items.push(json.subarray(at, end));
    const next = skipSpace(json, end);
    at = json[next] === closeBracket ? next : skipSpace(json, next + 1);
  }
  return items;
};
