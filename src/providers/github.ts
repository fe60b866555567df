import { typeSegment } from '../envelope/event-identity.js';
import { githubRepository, githubSessionKeys, githubSource, githubSubject } from './github-entities.js';
import { isUniqueOnGithub, otherGithubEvent } from './github-event-members.js';
import type { Description } from './provider.js';
import { type Delivery, defineProvider, headerText } from './provider.js';
import { wordAt } from './read-member.js';

const eventName = /^[a-z0-9_]{1,64}$/;

const describe = ({ headers, receivedAt }: Delivery, payload: unknown): Description => {
  const event = headers.get('x-github-event') ?? '';
  if (!eventName.test(event)) return { kind: 'missing-header', header: 'X-GitHub-Event' };
  if (otherGithubEvent(event, payload) !== undefined) return { kind: 'contradiction', header: 'X-GitHub-Event' };
  // A `repository_dispatch` carries its caller's own word.
  const action = typeSegment(wordAt(payload, 'action'));
  const deliveryId = headerText(headers, 'x-github-delivery');
  const source = githubSource(headers, payload);
  const subject = githubSubject(event, payload);
  const repository = githubRepository(payload);
  return {
    kind: 'event',
    event,
    ...(action !== undefined && { action }),
    ...(deliveryId && { deliveryId }),
    source,
    ...(subject !== undefined && { subject }),
    ...(repository !== undefined && { repository }),
    sessionKeys: githubSessionKeys(event, payload, source),
    ...(isUniqueOnGithub(event, { payload, receivedAt }) && { isUnique: true }),
  };
};

/**
 * GitHub: repository, organization, enterprise and App hooks of github.com and of GitHub Enterprise Server. Signs with
 * `X-Hub-Signature-256` (the older SHA-1 header is ignored), waits 10 s, never redelivers by itself
 * (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
 */
export const github = defineProvider({
  name: 'github',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'X-Hub-Signature-256',
      prefix: 'sha256=',
      encoding: 'hex',
      key: 'text',
    },
  ],
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  formField: 'payload',
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Never sends again by itself; failed deliveries can be redelivered by hand or by REST for three days.',
  describe,
});
