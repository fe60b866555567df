import { describeEvent, entity, joinSubject } from './describe-event.js';
import { defineProvider, describeByHeader, headerText } from './provider.js';
import {
  createOtherEvent,
  type EventTable,
  type Evidence,
  hasEvidence,
  idAt,
  memberAt,
  type Occurrence,
  textAt,
  urlBelow,
  wordAt,
} from './read-member.js';

/** The members that identify Sentry's resources (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/). */
const members: EventTable = {
  comment: { always: ['data.comment_id'] },
  error: { always: ['data.error'] },
  event_alert: { always: ['data.event'] },
  installation: { always: ['data.installation'] },
  issue: { always: ['data.issue'] },
  metric_alert: { always: ['data.metric_alert'] },
};

/** Two changes of an issue or a metric alert may have the same bytes: resolved, opened again and resolved. */
const evidence: Evidence = {
  comment: 'data.timestamp',
  error: 'data.error.datetime',
  event_alert: 'data.event.datetime',
};

/** Whether something in the payload belongs to a single occurrence. */
const isUniqueOnSentry = (event: string, occurrence: Occurrence): boolean => hasEvidence(evidence, event, occurrence);

/** Which other resource a payload belongs to, when it cannot belong to the one that the unsigned header claims. */
const otherSentryResource = createOtherEvent(members);

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
      deliveryId: headerText(headers, 'request-id'),
      source: sourceOf(payload),
      subject: joinSubject(project, entityOf(data)),
      place: project,
      conversation: entityOf(data),
      isUnique: isUniqueOnSentry(event, { payload, receivedAt }),
    });
  }),
});
