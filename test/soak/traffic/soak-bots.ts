import type { SoakEvent } from '../plan/soak-plan.js';
import type { SoakProviderName } from './soak-providers.js';

/** A bot of the soak: its entry of the bots file, and by what it is to get its events in order. */
export interface SoakBot {
  readonly name: string;
  readonly queue: string;
  readonly events: readonly string[];
  readonly ordered: boolean;
  readonly orderBy?: 'repository';
}

/** By conversation, by repository, and not in order at all. */
export const soakBots: readonly SoakBot[] = [
  { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github'], ordered: true },
  { name: 'pipeline', queue: 'bot-pipeline', events: ['github', 'gitlab'], ordered: true, orderBy: 'repository' },
  { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false },
];

const wants = ({ events }: SoakBot, provider: SoakProviderName): boolean =>
  events.includes('*') || events.includes(provider);

/** The bots that are to get an event. Said here once more, apart from the product's own matching. */
export const botsFor = ({ provider }: SoakEvent): readonly SoakBot[] => soakBots.filter((bot) => wants(bot, provider));

/** What an ordered bot gets in order: the events of equal keys. */
export const orderKey = (bot: SoakBot, { provider, lane, conversation }: SoakEvent): string =>
  bot.orderBy === 'repository' ? `${provider}/${lane}` : `${provider}/${lane}/${conversation}`;
