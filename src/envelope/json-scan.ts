const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Where the white space that begins at `at` ends. */
export const skipSpace = (json: Buffer, at: number): number => {
  let end = at;
  while (isSpace(json[end])) end++;
  return end;
};

/** Just past the string whose opening quote is at `at`; the text's end when it is never closed. */
export const skipString = (json: Buffer, at: number): number => {
  let end = at + 1;
  while (end < json.length && json[end] !== quote) end += json[end] === backslash ? 2 : 1;
  return Math.min(end + 1, json.length);
};

const skipNested = (json: Buffer, at: number): number => {
  let depth = 0;
  let end = at;
  while (end < json.length) {
    const byte = json[end];
    if (byte === quote) {
      end = skipString(json, end);
      continue;
    }
    end++;
    if (byte === openBrace || byte === openBracket) depth++;
    else if ((byte === closeBrace || byte === closeBracket) && --depth === 0) return end;
  }
  return end;
};

const skipScalar = (json: Buffer, at: number): number => {
  let end = at;
  while (end < json.length) {
    const byte = json[end];
    if (byte === comma || byte === closeBrace || byte === closeBracket || isSpace(byte)) return end;
    end++;
  }
  return end;
};

/** Just past the value that begins at `at`. What lies inside is not checked; malformed JSON ends at the text's end at the latest. */
export const skipValue = (json: Buffer, at: number): number => {
  const byte = json[at];
  if (byte === quote) return skipString(json, at);
  return byte === openBrace || byte === openBracket ? skipNested(json, at) : skipScalar(json, at);
};

/**
 * Whether objects and arrays nest deeper than `limit` anywhere before the text's first error, in one pass without recursion:
 * a parser that stops there never goes deeper than what was counted.
 */
export const nestsDeeperThan = (json: Buffer, limit: number): boolean => {
  let depth = 0;
  let at = 0;
  while (at < json.length) {
    const byte = json[at];
    if (byte === quote) {
      at = skipString(json, at);
      continue;
    }
    at++;
    if (byte === openBrace || byte === openBracket) {
      if (++depth > limit) return true;
    } else if (byte === closeBrace || byte === closeBracket) depth--;
  }
  return false;
};
