import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { hasObjectAt, idAt, memberAt, numberAt } from './read-member.js';

/** An update has one member beside its id, named after what happened. */
const kindOf = (payload: unknown): string | undefined =>
  typeof payload === 'object' && payload !== null && !Array.isArray(payload)
    ? Object.keys(payload).find((name) => name !== 'update_id' && hasObjectAt(payload, name))
    : undefined;

const chatOf = (update: unknown): string | undefined =>
  entity('chat', idAt(update, 'chat', 'id') ?? idAt(update, 'message', 'chat', 'id')) ??
  entity('user', idAt(update, 'from', 'id') ?? idAt(update, 'user', 'id'));

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const kind = kindOf(payload);
  const update = kind === undefined ? undefined : memberAt(payload, kind);
  const chat = chatOf(update);
  const message = numberAt(update, 'message_id') ?? numberAt(update, 'message', 'message_id');
  return describeEvent({
    event: kind,
    deliveryId: numberAt(payload, 'update_id'),
    source: 'https://api.telegram.org',
    subject: joinSubject(chat, entity('message', message)),
    place: chat,
    conversation: chat,
  });
};

/**
 * Telegram: the updates of one bot (https://core.telegram.org/bots/api#setwebhook). An update's number is unique for its bot
 * alone: bots that share this host need a provider's name each. A chat is what updates are ordered by.
 */
export const telegram = defineProvider({
  name: 'telegram',
  signing: [{ kind: 'token', header: 'X-Telegram-Bot-Api-Secret-Token', alphabet: 'base64url' }],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 200,
  afterFailure: 'Sends again "a reasonable amount of attempts", and keeps updates for a day.',
  describe,
});
