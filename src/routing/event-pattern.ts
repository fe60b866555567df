import { typeSegment, wordOfSegment } from '../envelope/type-segment.js';
import { compilePatterns, type PatternSyntax } from './compile-patterns.js';

/**
 * How one pattern is spelled, `!` included. After the provider's name, segments are words in any alphabet as the sender writes
 * them, spaces inside included; what would not be read as part of a word (`.`, `*`, `,`, `!` before it) is percent-encoded.
 */
export const eventPatternForm = /^!?(?:\*|[A-Za-z0-9_-]+)(?:\.(?:\*|[^\s.*,!][^\s.*,]*(?: +[^\s.*,]+)*))*$/;

/** A letter with an accent may be one character or two. */
const composed = (segment: string): string => typeSegment(wordOfSegment(segment).normalize('NFC')) ?? segment;

const syntax: PatternSyntax = {
  separator: '.',
  form: eventPatternForm,
  ignoreCase: false,
  spell: composed,
};

/** Only what is percent-encoded can be spelt in two ways. */
const composedType = (type: string): string => (type.includes('%') ? type.split('.').map(composed).join('.') : type);

/** Whether a text is a pattern over event types, such as `github.issues`, `github.*.opened`, `*` or `!github.issues.deleted`. */
export const isEventPattern = (text: string): boolean => syntax.form.test(text);

const pingWord = 'ping';

/** Whether an event is its sender's test of the line, by its last word: `ping`, `diagnostics.ping`, `pagey.ping`. */
export const isPing = (event: string): boolean => event.split('.').at(-1) === pingWord;

const isExclusion = (pattern: string): boolean => pattern.startsWith('!');
const namesPing = (pattern: string): boolean => pattern.split('.').slice(1).includes(pingWord);

/** One test for a bot's patterns over event types (`{provider}.{event}[.{action}]`), where letters' case matters. */
export const compileEventPatterns = (patterns: readonly string[]): ((type: string) => boolean) => {
  const matches = compilePatterns(patterns, syntax);
  return (type) => matches(composedType(type));
};

/** The same for pings, which only a pattern that names them asks for: `github.ping`, `*.ping`; a `*` in its place does not. */
export const compilePingPatterns = (patterns: readonly string[]): ((type: string) => boolean) =>
  compileEventPatterns(patterns.filter((pattern) => isExclusion(pattern) || namesPing(pattern)));
