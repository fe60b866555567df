import { defineProvider } from './define-provider.js';
import { describeEvent } from './describe-event.js';
import { entity, joinSubject } from './join-subject.js';
import { idAt, memberAt, textAt, wordAt } from './read-member.js';
import { describeByHeader } from './required-header.js';
import { isUniqueOnSentry, otherSentryResource } from './sentry-event-members.js';
import { urlBelow } from './web-url.js';

const sourceOf = (payload: unknown): string => {
  const organization =
    textAt(payload, 'installation', 'organization', 'slug') ??
    textAt(payload, 'data', 'installation', 'organization', 'slug');
  return organization === undefined
    ? urlBelow('https://sentry.io/installations', textAt(payload, 'installation', 'uuid'))
    : urlBelow('https://sentry.io/organizations', organization);
};

const entityOf = (data: unknown): string | undefined =>
  entity('issue', idAt(data, 'issue', 'id') ?? idAt(data, 'issue_id')) ??
  entity('issue', idAt(data, 'event', 'issue_id') ?? idAt(data, 'error', 'issue_id')) ??
  entity('metric_alert', idAt(data, 'metric_alert', 'id')) ??
  entity('installation', textAt(data, 'installation', 'uuid'));

/**
 * Sentry integrations (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/): waits one second and
 * no more. An issue is what events are ordered by.
 */
export const sentry = defineProvider({
  name: 'sentry',
  signing: [{ kind: 'hmac', algorithm: 'sha256', header: 'Sentry-Hook-Signature', encoding: 'hex', key: 'text' }],
  contentTypes: ['application/json'],
  replyBudgetMs: 800,
  acceptedStatus: 202,
  afterFailure: 'Does not promise to send again; a thousand timeouts in a day end the subscription.',
  describe: describeByHeader('Sentry-Hook-Resource', (event, { headers, receivedAt }, payload) => {
    if (otherSentryResource(event, payload) !== undefined)
      return { kind: 'contradiction', header: 'Sentry-Hook-Resource' };
    const data = memberAt(payload, 'data');
    const project = textAt(data, 'issue', 'project', 'slug') ?? textAt(data, 'project_slug');
    return describeEvent({
      event,
      action: wordAt(payload, 'action'),
      deliveryId: headers.get('request-id'),
      source: sourceOf(payload),
      subject: joinSubject(project, entityOf(data)),
      place: project,
      conversation: entityOf(data),
      isUnique: isUniqueOnSentry(event, { payload, receivedAt }),
    });
  }),
});
