import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description, ExactReply } from './provider.js';
import { defineProvider } from './provider.js';
import { hasObjectAt, memberAt, textAt, urlBelow, wordAt } from './read-member.js';
import { jsonReply, noContentReply } from './replies.js';

/** Interactions by their number, each with the reply that lets a bot answer later (https://docs.discord.com/developers/interactions/receiving-and-responding). */
const interactions: ReadonlyMap<unknown, { readonly event: string; readonly reply: ExactReply }> = new Map([
  [2, { event: 'application_command', reply: jsonReply({ type: 5 }) }],
  [3, { event: 'message_component', reply: jsonReply({ type: 6 }) }],
  [4, { event: 'application_command_autocomplete', reply: jsonReply({ type: 8, data: { choices: [] } }) }],
  [5, { event: 'modal_submit', reply: jsonReply({ type: 5 }) }],
]);

/** Messages belong to a lobby or to a direct channel, everything else to a user. */
const placeOf = (data: unknown): string | undefined =>
  entity('lobby', textAt(data, 'lobby_id')) ?? entity('channel', textAt(data, 'channel_id'));

/** Webhook events carry an `event`; interactions never do. */
const describeWebhookEvent = (payload: unknown): Description => {
  const application = textAt(payload, 'application_id');
  const data = memberAt(payload, 'event', 'data');
  const place = placeOf(data);
  const conversation = place ?? entity('user', textAt(data, 'user_id') ?? textAt(data, 'user', 'id'));
  const thing = entity(place === undefined ? 'entitlement' : 'message', textAt(data, 'id'));
  return describeEvent({
    event: textAt(payload, 'event', 'type'),
    source: urlBelow('https://discord.com/applications', application),
    subject: joinSubject(conversation, thing),
    place: application,
    conversation,
    reply: noContentReply,
  });
};

const describeInteraction = (payload: unknown): Description => {
  const known = interactions.get(memberAt(payload, 'type'));
  const guild = textAt(payload, 'guild_id');
  const channel = textAt(payload, 'channel_id') ?? textAt(payload, 'channel', 'id');
  const user = textAt(payload, 'member', 'user', 'id') ?? textAt(payload, 'user', 'id');
  const conversation = joinSubject(guild, entity('channel', channel) ?? entity('user', user));
  return describeEvent({
    event: known?.event ?? 'interaction',
    action: wordAt(payload, 'data', 'name') ?? wordAt(payload, 'data', 'custom_id'),
    deliveryId: textAt(payload, 'id'),
    source:
      guild === undefined
        ? urlBelow('https://discord.com/applications', textAt(payload, 'application_id'))
        : urlBelow('https://discord.com/channels', guild),
    subject: joinSubject(conversation, entity('message', textAt(payload, 'message', 'id'))),
    place: guild ?? textAt(payload, 'application_id'),
    conversation,
    reply: known?.reply ?? jsonReply({ type: 5 }),
  });
};

const describe = (_delivery: Delivery, payload: unknown): Description =>
  hasObjectAt(payload, 'event') ? describeWebhookEvent(payload) : describeInteraction(payload);

/** PING to PONG for interactions; an empty 204 for webhook events. */
const handshake = (_delivery: Delivery, payload: unknown): ExactReply | undefined => {
  if (hasObjectAt(payload, 'event')) return undefined;
  const type = memberAt(payload, 'type');
  if (type === 0) return noContentReply;
  return type === 1 ? jsonReply({ type: 1 }) : undefined;
};

/**
 * Discord: interactions and webhook events. The secret is the application's public key. Discord tests with bad signatures
 * that they are refused, and states no window for the timestamp (https://docs.discord.com/developers/events/webhook-events).
 */
export const discord = defineProvider({
  name: 'discord',
  signing: [
    {
      kind: 'ed25519',
      header: 'X-Signature-Ed25519',
      encoding: 'hex',
      key: 'hex',
      signedBytes: '{timestamp}{body}',
      timestamp: { header: 'X-Signature-Timestamp', format: 'seconds' },
    },
  ],
  contentTypes: ['application/json'],
  probesSignatures: true,
  replyBudgetMs: 2500,
  acceptedStatus: 204,
  afterFailure:
    'Sends webhook events again for up to ten minutes, and stops them after too many failures; interactions are never sent again.',
  describe,
  handshake,
});
