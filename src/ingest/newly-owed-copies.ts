import type { NewOwedCopy } from '../outbox/record/new-record.js';
import { sessionKeyFor } from '../routing/address-message.js';
import { type BotRoute, reasonOfFault } from '../routing/route-event.js';
import type { NormalizedEvent } from './normalize.js';

/** The copies that did not get through, whoever's fault it is, with what the outbox needs to send them. */
export const newlyOwedCopies = (
  { description }: NormalizedEvent,
  routes: readonly BotRoute[],
): readonly NewOwedCopy[] =>
  routes.flatMap((route) => {
    if (route.kind === 'routed') return [];
    const { bot } = route;
    const sessionId = sessionKeyFor(bot, description.sessionKeys);
    const reason = route.kind === 'refused' ? route.reason : reasonOfFault(route.fault);
    return [{ bot: bot.name, queue: bot.queue, ...(sessionId !== undefined && { sessionId }), reason }];
  });
