import type { Bot } from '../../../src/routing/bot.js';

/** One bot that wants everything: by hand there is one queue, too. */
export const benchBots = [
  { name: 'recorder', queue: 'bot-recorder', events: ['*'], ordered: false, orderBy: 'entity' },
] as const satisfies readonly Bot[];
