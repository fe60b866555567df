import { createOtherEvent, type EventTable, type Evidence, hasEvidence, type Occurrence } from './event-members.js';
import { memberAt } from './read-member.js';

/** By what the events of Gitea and Forgejo are known (https://docs.gitea.com/usage/webhooks); others are never refused. */
const members: EventTable = {
  create: { always: ['sha', 'ref', 'ref_type'] },
  delete: { always: ['pusher_type', 'ref', 'ref_type'] },
  fork: { always: ['forkee'] },
  issue_comment: { always: ['comment', 'issue'], sometimes: ['pull_request'] },
  issues: { always: ['issue'], sometimes: ['label'] },
  package: { always: ['package'] },
  pull_request: { always: ['pull_request'], sometimes: ['label', 'requested_reviewer'] },
  pull_request_approved: { always: ['pull_request', 'review'] },
  pull_request_comment: { always: ['pull_request'], sometimes: ['comment', 'issue', 'review'] },
  pull_request_rejected: { always: ['pull_request', 'review'] },
  push: { always: ['ref', 'before', 'after', 'commits'], sometimes: ['pusher'] },
  release: { always: ['release'] },
  repository: { always: [] },
  wiki: { always: ['page'] },
};

/** They write `null` for what an event has not. */
const isGiven = (payload: unknown, name: string): boolean => (memberAt(payload, name) ?? null) !== null;

const evidence: Evidence = {
  issue_comment: 'comment.updated_at',
  issues: 'issue.updated_at',
  pull_request: 'pull_request.updated_at',
};

/** Whether the payload is of this one occurrence alone. The button that tests a hook makes a push, of which two may be the same. */
export const isUniqueOnGitea = (event: string, occurrence: Occurrence): boolean =>
  hasEvidence(evidence, event, occurrence);

/** Of which other event a payload is, when it cannot be of the one that the unsigned header claims. */
export const otherGiteaEvent = createOtherEvent(members, { isPresent: isGiven, everywhere: 'sender' });
