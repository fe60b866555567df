/** Longer than any line that says what it should. */
const maxLineLength = 4096;

const stamp = /^\[[^\]]+\] /;

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const faultOf = (line: string, secrets: readonly string[]): string | undefined => {
  if (secrets.some((secret) => line.includes(secret))) return 'holds a secret';
  if (line.length > maxLineLength) return `has ${line.length} characters`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u0008\u000b-\u001a\u001c-\u001f\u007f]/.test(line)) return 'holds a control character';
  const text = line.replace(stamp, '');
  return text.startsWith('{') && !isJson(text) ? 'is no JSON' : undefined;
};

/** Every line of a log that should not be as it is, with the reason. */
export const judgeLog = (log: string, secrets: readonly string[]): readonly string[] =>
  log.split('\n').flatMap((line) => {
    const fault = faultOf(line, secrets);
    return fault === undefined ? [] : [`A log line ${fault}: ${JSON.stringify(line.slice(0, 300))}`];
  });
