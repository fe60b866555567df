import { compilePatterns, type PatternSyntax } from './compile-patterns.js';

/** How one pattern is spelled, `!` included: names as their sender writes them, with spaces and in any alphabet. */
export const repositoryPatternForm =
  /^!?(?:\*|[^\s/*,!][^\s/*,]*(?: +[^\s/*,]+)*)(?:\/(?:\*|[^\s/*,]+(?: +[^\s/*,]+)*))*$/;

/** A letter with an accent may be one character or two. */
const composed = (text: string): string => text.normalize('NFC');

const syntax: PatternSyntax = {
  separator: '/',
  form: repositoryPatternForm,
  ignoreCase: true,
  spell: composed,
};

/** Whether a text is a pattern over `owner/repo`, such as `octo-org`, `octo-org/*`, `*` or `!octo-org/sandbox`. */
export const isRepositoryPattern = (text: string): boolean => syntax.form.test(text);

/** One test for a bot's patterns over `owner/repo`, where the case of letters does not matter, as on GitHub. */
export const compileRepositoryPatterns = (patterns: readonly string[]): ((repository: string) => boolean) => {
  const matches = compilePatterns(patterns, syntax);
  return (repository) => matches(composed(repository));
};
