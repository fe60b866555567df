import { describeEvent, entity } from './describe-event.js';
import type { Delivery, Description, ExactReply } from './provider.js';
import { defineProvider } from './provider.js';
import { hasObjectAt, textAt, urlBelow, wordAt } from './read-member.js';
import { textReply } from './replies.js';

const broadcasterOf = (payload: unknown): string | undefined =>
  textAt(payload, 'event', 'broadcaster_user_id') ??
  textAt(payload, 'subscription', 'condition', 'broadcaster_user_id') ??
  textAt(payload, 'event', 'to_broadcaster_user_id') ??
  textAt(payload, 'subscription', 'condition', 'user_id');

/** A revocation has a subscription and no event. The header that says so is not signed, so the body decides. */
const describe = ({ headers }: Delivery, payload: unknown): Description => {
  const isRevocation = hasObjectAt(payload, 'subscription') && textAt(payload, 'subscription', 'status') !== 'enabled';
  const broadcaster = broadcasterOf(payload);
  return describeEvent({
    event: isRevocation ? 'revocation' : textAt(payload, 'subscription', 'type'),
    action: isRevocation ? wordAt(payload, 'subscription', 'status') : undefined,
    deliveryId: headers.get('twitch-eventsub-message-id'),
    source: urlBelow('https://api.twitch.tv/users', broadcaster),
    subject: entity('broadcaster', broadcaster) ?? entity('subscription', textAt(payload, 'subscription', 'id')),
    place: broadcaster,
  });
};

const challengeForm = /^[\x21-\x7e]{1,1024}$/;

/** `webhook_callback_verification`: the raw challenge (https://dev.twitch.tv/docs/eventsub/handling-webhook-events/). */
const handshake = (_delivery: Delivery, payload: unknown): ExactReply | undefined => {
  const challenge = textAt(payload, 'challenge') ?? '';
  return challengeForm.test(challenge) && !hasObjectAt(payload, 'event') ? textReply(challenge) : undefined;
};

/**
 * Twitch EventSub: signs its headers as they are spelt, so that a timestamp is never written anew. A broadcaster is what
 * events are ordered by.
 */
export const twitch = defineProvider({
  name: 'twitch',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'Twitch-Eventsub-Message-Signature',
      prefix: 'sha256=',
      encoding: 'hex',
      key: 'text',
      signedBytes: '{id}{timestamp}{body}',
      idHeader: 'Twitch-Eventsub-Message-Id',
      timestamp: { header: 'Twitch-Eventsub-Message-Timestamp', format: 'rfc3339', toleranceSeconds: 600 },
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 2500,
  acceptedStatus: 202,
  afterFailure: 'Sends again some times; too many failures revoke the subscription.',
  describe,
  handshake,
});
