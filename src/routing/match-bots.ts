import { typeSegment, wordOfSegment } from '../envelope/event-identity.js';
import type { Bot } from './bot.js';

/** How a kind of pattern is spelled. */
interface PatternSyntax {
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
 * alone for everything; `!` excludes, and wins wherever it is. Throws `RangeError` for an invalid pattern.
 */
const compilePatterns = (patterns: readonly string[], syntax: PatternSyntax): ((text: string) => boolean) => {
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

/**
 * How one pattern is spelled, `!` included. After the provider's name, segments are words in any alphabet as the sender writes
 * them, spaces inside included; what would not be read as part of a word (`.`, `*`, `,`, `!` before it) is percent-encoded.
 */
export const eventPatternForm = /^!?(?:\*|[A-Za-z0-9_-]+)(?:\.(?:\*|[^\s.*,!][^\s.*,]*(?: +[^\s.*,]+)*))*$/;

/** A letter with an accent may be one character or two. */
const composedSegment = (segment: string): string => typeSegment(wordOfSegment(segment).normalize('NFC')) ?? segment;

const typeSyntax: PatternSyntax = {
  separator: '.',
  form: eventPatternForm,
  ignoreCase: false,
  spell: composedSegment,
};

/** Only percent-encoded text can be spelled in two ways. */
const composedType = (type: string): string =>
  type.includes('%') ? type.split('.').map(composedSegment).join('.') : type;

/** Whether a text is a pattern over event types, such as `github.issues`, `github.*.opened`, `*` or `!github.issues.deleted`. */
export const isEventPattern = (text: string): boolean => typeSyntax.form.test(text);

const pingWord = 'ping';

/** Whether an event is its sender's test event, by its last word: `ping`, `diagnostics.ping`, `pagey.ping`. */
const isPing = (event: string): boolean => event === pingWord || event.endsWith(`.${pingWord}`);

const isExclusion = (pattern: string): boolean => pattern.startsWith('!');
const namesPing = (pattern: string): boolean => pattern.split('.').slice(1).includes(pingWord);

/** One test for a bot's patterns over event types (`{provider}.{event}[.{action}]`), case-sensitive. */
export const compileEventPatterns = (patterns: readonly string[]): ((type: string) => boolean) => {
  const matches = compilePatterns(patterns, typeSyntax);
  return (type) => matches(composedType(type));
};

/** The same for pings, which only a pattern that names them asks for: `github.ping`, `*.ping`; a `*` in its place does not. */
const compilePingPatterns = (patterns: readonly string[]): ((type: string) => boolean) =>
  compileEventPatterns(patterns.filter((pattern) => isExclusion(pattern) || namesPing(pattern)));

/** How one pattern is spelled, `!` included: names as their sender writes them, with spaces and in any alphabet. */
export const repositoryPatternForm =
  /^!?(?:\*|[^\s/*,!][^\s/*,]*(?: +[^\s/*,]+)*)(?:\/(?:\*|[^\s/*,]+(?: +[^\s/*,]+)*))*$/;

/** A letter with an accent may be one character or two. */
const composed = (text: string): string => text.normalize('NFC');

const repositorySyntax: PatternSyntax = {
  separator: '/',
  form: repositoryPatternForm,
  ignoreCase: true,
  spell: composed,
};

/** Whether a text is a pattern over `owner/repo`, such as `octo-org`, `octo-org/*`, `*` or `!octo-org/sandbox`. */
export const isRepositoryPattern = (text: string): boolean => repositorySyntax.form.test(text);

/** One test for a bot's patterns over `owner/repo`, case-insensitive as on GitHub. */
export const compileRepositoryPatterns = (patterns: readonly string[]): ((repository: string) => boolean) => {
  const matches = compilePatterns(patterns, repositorySyntax);
  return (repository) => matches(composed(repository));
};

/** What decides which bots want an event. */
export interface EventToMatch {
  /** `{provider}.{event}[.{action}]`. */
  readonly type: string;
  readonly event: string;
  /** `owner/repo`, when the event belongs to one. */
  readonly repository?: string | undefined;
}

export type BotMatcher = (event: EventToMatch) => readonly Bot[];

/** A bot that lists repositories wants only what belongs to one of them: not an organization's or an installation's own events. */
const compileBot = (bot: Bot): ((event: EventToMatch, isPing: boolean) => boolean) => {
  const wantsType = compileEventPatterns(bot.events);
  const wantsPing = compilePingPatterns(bot.events);
  const wantsRepository = bot.repositories === undefined ? undefined : compileRepositoryPatterns(bot.repositories);
  return ({ type, repository }, isPing) =>
    (isPing ? wantsPing(type) : wantsType(type)) &&
    (wantsRepository === undefined || (repository !== undefined && wantsRepository(repository)));
};

/** Compiles every bot's patterns once; the matcher answers the bots that want an event, in the order of `bots`. */
export const createBotMatcher = (bots: readonly Bot[]): BotMatcher => {
  const compiled = bots.map((bot) => ({ bot, wants: compileBot(bot) }));
  return (event) => {
    const ping = isPing(event.event);
    return compiled.filter(({ wants }) => wants(event, ping)).map(({ bot }) => bot);
  };
};
