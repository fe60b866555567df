import { compilePatterns, type PatternSyntax } from './compile-patterns.js';

/** How one pattern is spelled, `!` included. */
export const repositoryPatternForm = /^!?(?:\*|[A-Za-z0-9._-]+)(?:\/(?:\*|[A-Za-z0-9._-]+))*$/;

const syntax: PatternSyntax = {
  separator: '/',
  form: repositoryPatternForm,
  ignoreCase: true,
};

/** Whether a text is a pattern over `owner/repo`, such as `octo-org`, `octo-org/*`, `*` or `!octo-org/sandbox`. */
export const isRepositoryPattern = (text: string): boolean => syntax.form.test(text);

/** One test for a bot's patterns over `owner/repo`, where the case of letters does not matter, as on GitHub. */
export const compileRepositoryPatterns = (patterns: readonly string[]): ((repository: string) => boolean) =>
  compilePatterns(patterns, syntax);
