/** Splits at `separator` wherever no bracket of the given pair is open. */
export const splitOutside = (text: string, separator: string, [open, close]: readonly [string, string]): string[] => {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === open) depth += 1;
    else if (character === close) depth -= 1;
    else if (character === separator && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, text.slice(start)];
};
