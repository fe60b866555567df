import { sign as signGithub, verify as verifyGithub } from '@octokit/webhooks-methods';
import { verifySlackRequest } from '@slack/bolt';
import { verifyKey } from 'discord-interactions';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Stripe } from 'stripe';
import { Webhook as SvixWebhook } from 'svix';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import { type SenderLibrary, type ToSign, withoutThrowing } from './sender-library.js';

const { webhooks: stripeWebhooks } = new Stripe('sk_test_of_nobody');

const header = ({ headers }: SignedDelivery, name: string): string => headers[name] ?? '';

const textOf = ({ body }: SignedDelivery): string => body.toString('utf8');

/** One body is a form, which is signed like any other. */
const bytesAlone = { jsonParse: false } as const;

type Family = 'webhook' | 'svix';

const standardHeaders = (family: Family, { deliveryId, nowMs }: ToSign, signature: string) => ({
  [`${family}-id`]: deliveryId,
  [`${family}-timestamp`]: String(Math.floor(nowMs / 1000)),
  [`${family}-signature`]: signature,
});

/** GitLab's signing token is a Standard Webhooks secret (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325). */
const standardLibrary = (library: 'standardwebhooks' | 'svix', provider: string, family: Family): SenderLibrary => {
  const Webhook = library === 'svix' ? SvixWebhook : StandardWebhook;
  return {
    library,
    provider,
    sign: async (toSign) => {
      const { body, deliveryId, secret, nowMs } = toSign;
      return standardHeaders(family, toSign, new Webhook(secret).sign(deliveryId, new Date(nowMs), body));
    },
    verifies: (delivery, secret) =>
      withoutThrowing(() => {
        new Webhook(secret).verify(textOf(delivery), { ...delivery.headers }, bytesAlone);
      }),
  };
};

/** Every sender's own library there is on npm. */
export const senderLibraries: readonly SenderLibrary[] = [
  {
    library: '@octokit/webhooks-methods',
    provider: 'github',
    sign: async ({ secret, body }) => ({ 'X-Hub-Signature-256': await signGithub(secret, body) }),
    verifies: (delivery, secret) =>
      withoutThrowing(() => verifyGithub(secret, textOf(delivery), header(delivery, 'X-Hub-Signature-256'))),
  },
  standardLibrary('standardwebhooks', 'standard-webhooks', 'webhook'),
  standardLibrary('standardwebhooks', 'gitlab', 'webhook'),
  standardLibrary('svix', 'svix', 'svix'),
  standardLibrary('svix', 'standard-webhooks', 'webhook'),
  {
    library: 'stripe',
    provider: 'stripe',
    sign: async ({ body: payload, secret, nowMs }) => ({
      'Stripe-Signature': stripeWebhooks.generateTestHeaderString({
        payload,
        secret,
        timestamp: Math.floor(nowMs / 1000),
      }),
    }),
    verifies: (delivery, secret) =>
      withoutThrowing(() =>
        stripeWebhooks.signature?.verifyHeader(textOf(delivery), header(delivery, 'Stripe-Signature'), secret, 300),
      ),
  },
  {
    library: '@slack/bolt',
    provider: 'slack',
    verifies: (delivery, signingSecret) =>
      withoutThrowing(() =>
        verifySlackRequest({
          signingSecret,
          body: textOf(delivery),
          headers: {
            'x-slack-signature': header(delivery, 'X-Slack-Signature'),
            'x-slack-request-timestamp': Number(header(delivery, 'X-Slack-Request-Timestamp')),
          },
        }),
      ),
  },
  {
    library: 'discord-interactions',
    provider: 'discord',
    verifies: (delivery, publicKey) =>
      verifyKey(
        delivery.body,
        header(delivery, 'X-Signature-Ed25519'),
        header(delivery, 'X-Signature-Timestamp'),
        publicKey,
      ),
  },
];
