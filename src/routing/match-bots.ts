import type { Bot } from './bot.js';
import { compileEventPatterns, compilePingPatterns, isPing } from './event-pattern.js';
import { compileRepositoryPatterns } from './repository-pattern.js';

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
const compileBot = (bot: Bot): ((event: EventToMatch) => boolean) => {
  const wantsType = compileEventPatterns(bot.events);
  const wantsPing = compilePingPatterns(bot.events);
  const wantsRepository = bot.repositories === undefined ? undefined : compileRepositoryPatterns(bot.repositories);
  return ({ type, event, repository }) =>
    (isPing(event) ? wantsPing(type) : wantsType(type)) &&
    (wantsRepository === undefined || (repository !== undefined && wantsRepository(repository)));
};

/** Compiles every bot's patterns once; the matcher answers the bots that want an event, in the order of `bots`. */
export const createBotMatcher = (bots: readonly Bot[]): BotMatcher => {
  const compiled = bots.map((bot) => ({ bot, wants: compileBot(bot) }));
  return (event) => compiled.filter(({ wants }) => wants(event)).map(({ bot }) => bot);
};
