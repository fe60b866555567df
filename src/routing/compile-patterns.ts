/** How a kind of pattern is spelled. */
export interface PatternSyntax {
  readonly separator: string;
  /** A whole pattern, `!` included. */
  readonly form: RegExp;
  readonly ignoreCase: boolean;
  /** How a segment of a pattern is spelled in the texts that it is matched with. */
  readonly spell: (segment: string) => string;
}

const escapeForRegExp = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');

const matchesAny = (patterns: readonly string[], syntax: PatternSyntax): ((text: string) => boolean) => {
  if (patterns.length === 0) return () => false;
  const separator = escapeForRegExp(syntax.separator);
  const oneSegment = `[^${separator}]+`;
  const alternatives = patterns.map((pattern) =>
    pattern
      .split(syntax.separator)
      .map((segment) => (segment === '*' ? oneSegment : escapeForRegExp(syntax.spell(segment))))
      .join(separator),
  );
  const whole = new RegExp(`^(?:${alternatives.join('|')})(?:${separator}|$)`, syntax.ignoreCase ? 'i' : '');
  return (text) => whole.test(text);
};

/**
 * One test for a list of patterns. A pattern matches what it spells and everything below it; `*` stands for one segment,
 * alone for everything; `!` takes away, and wins wherever it stands. Throws `RangeError` for what is no pattern.
 */
export const compilePatterns = (patterns: readonly string[], syntax: PatternSyntax): ((text: string) => boolean) => {
  const wrong = patterns.find((pattern) => !syntax.form.test(pattern));
  if (wrong !== undefined) throw new RangeError(`${JSON.stringify(wrong)} is not a pattern`);
  const isWanted = matchesAny(
    patterns.filter((pattern) => !pattern.startsWith('!')),
    syntax,
  );
  const isTakenAway = matchesAny(
    patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1)),
    syntax,
  );
  return (text) => isWanted(text) && !isTakenAway(text);
};
