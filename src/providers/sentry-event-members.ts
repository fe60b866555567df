import { createOtherEvent, type EventTable } from './event-members.js';

/** By what Sentry's resources are known (https://docs.sentry.io/organization/integrations/integration-platform/webhooks/). */
const members: EventTable = {
  comment: { always: ['data.comment_id'] },
  error: { always: ['data.error'] },
  event_alert: { always: ['data.event'] },
  installation: { always: ['data.installation'] },
  issue: { always: ['data.issue'] },
  metric_alert: { always: ['data.metric_alert'] },
};

/** Of which other resource a payload is, when it cannot be of the one that the unsigned header claims. */
export const otherSentryResource = createOtherEvent(members);
