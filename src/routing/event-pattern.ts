import { compilePatterns, type PatternSyntax } from './compile-patterns.js';

/** How one pattern is spelled, `!` included. */
export const eventPatternForm = /^!?(?:\*|[A-Za-z0-9_-]+)(?:\.(?:\*|[A-Za-z0-9_-]+))*$/;

const syntax: PatternSyntax = {
  separator: '.',
  form: eventPatternForm,
  ignoreCase: false,
};

/** Whether a text is a pattern over event types, such as `github.issues`, `github.*.opened`, `*` or `!github.issues.deleted`. */
export const isEventPattern = (text: string): boolean => syntax.form.test(text);

const isExclusion = (pattern: string): boolean => pattern.startsWith('!');
const namesPing = (pattern: string): boolean => pattern.split('.')[1] === 'ping';

/** One test for a bot's patterns over event types (`{provider}.{event}[.{action}]`), where letters' case matters. */
export const compileEventPatterns = (patterns: readonly string[]): ((type: string) => boolean) =>
  compilePatterns(patterns, syntax);

/** The same for pings, which only a pattern that names them asks for: `github.ping`, `*.ping`; a `*` in its place does not. */
export const compilePingPatterns = (patterns: readonly string[]): ((type: string) => boolean) =>
  compileEventPatterns(patterns.filter((pattern) => isExclusion(pattern) || namesPing(pattern)));
