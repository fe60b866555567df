import { createOtherEvent, type EventTable, type Evidence, hasEvidence, type Occurrence } from './event-members.js';

/** By what Sentry's resources are known (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/). */
const members: EventTable = {
  comment: { always: ['data.comment_id'] },
  error: { always: ['data.error'] },
  event_alert: { always: ['data.event'] },
  installation: { always: ['data.installation'] },
  issue: { always: ['data.issue'] },
  metric_alert: { always: ['data.metric_alert'] },
};

/** Of an issue or a metric alert two changes may have the same bytes: resolved, opened again and resolved. */
const evidence: Evidence = {
  comment: 'data.timestamp',
  error: 'data.error.datetime',
  event_alert: 'data.event.datetime',
};

/** Whether something in the payload is of this one occurrence alone. */
export const isUniqueOnSentry = (event: string, occurrence: Occurrence): boolean =>
  hasEvidence(evidence, event, occurrence);

/** Of which other resource a payload is, when it cannot be of the one that the unsigned header claims. */
export const otherSentryResource = createOtherEvent(members);
