import type { Bot } from '../../../src/routing/bot.js';

/** One bot that gets each conversation in order, and one that gets everything as it comes. */
export const worldBots = {
  ordered: { name: 'ordered', queue: 'bot-ordered', events: ['*'], ordered: true, orderBy: 'entity' },
  plain: { name: 'plain', queue: 'bot-plain', events: ['*'], ordered: false, orderBy: 'entity' },
} as const satisfies Readonly<Record<string, Bot>>;
