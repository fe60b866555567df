import { describeEvent, entity } from './describe-event.js';
import type { Description } from './provider.js';
import { type Delivery, defineProvider, headerText } from './provider.js';
import { idAt, isOfNow, originOf, textAt, wordAt } from './read-member.js';

const addressed = ['issue', 'comment', 'worklog', 'project', 'version', 'sprint', 'board', 'user'] as const;

const sourceOf = (payload: unknown): string =>
  addressed.map((name) => originOf(textAt(payload, name, 'self'))).find((origin) => origin !== undefined) ??
  'https://atlassian.net';

const keyed = ['project', 'version', 'sprint', 'board', 'issueLink', 'worklog', 'comment'] as const;

/** Comments, worklogs and links belong to their issue. */
const entityOf = (payload: unknown): string | undefined =>
  entity('issue', textAt(payload, 'issue', 'key') ?? idAt(payload, 'worklog', 'issueId')) ??
  keyed
    .map((name) => entity(name, textAt(payload, name, 'key') ?? idAt(payload, name, 'id')))
    .find((found) => found !== undefined) ??
  entity('user', textAt(payload, 'user', 'accountId'));

const projectOf = (payload: unknown): string | undefined =>
  textAt(payload, 'issue', 'fields', 'project', 'key') ??
  textAt(payload, 'project', 'key') ??
  textAt(payload, 'issue', 'key')?.split('-')[0];

const describe = ({ headers, receivedAt }: Delivery, payload: unknown): Description =>
  describeEvent({
    event: textAt(payload, 'webhookEvent')?.replace(/^jira:/, ''),
    action: wordAt(payload, 'issue_event_type_name'),
    deliveryId: headerText(headers, 'x-atlassian-webhook-identifier'),
    source: sourceOf(payload),
    subject: entityOf(payload),
    place: projectOf(payload),
    isUnique: isOfNow(payload, 'timestamp', receivedAt),
  });

/**
 * Jira (https://developer.atlassian.com/cloud/jira/platform/webhooks/): hooks that an administrator made with a secret, which
 * are signed; one without a secret is refused. An issue is what events are ordered by.
 */
export const jira = defineProvider({
  name: 'jira',
  signing: [
    { kind: 'hmac', algorithm: 'sha256', header: 'X-Hub-Signature', prefix: 'sha256=', encoding: 'hex', key: 'text' },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Sends again five times, five to fifteen minutes apart, under the same identifier.',
  describe,
});
