import { createOtherEvent, type EventTable, isOfNow, type Occurrence } from './event-members.js';
import { memberAt, textAt } from './read-member.js';

const pullRequest = { always: ['pullrequest'] };
const reviewed = { always: ['pullrequest', 'approval'] };
const changesAsked = { always: ['pullrequest', 'changes_request'] };
const comment = { always: ['pullrequest', 'comment'] };
const build = { always: ['commit_status'] };

/** By what Bitbucket Cloud's events are known (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/). */
const members: EventTable = {
  'issue:comment_created': { always: ['issue', 'comment'] },
  'issue:created': { always: ['issue'] },
  'issue:updated': { always: ['issue'], sometimes: ['comment'] },
  'pullrequest:approved': reviewed,
  'pullrequest:changes_request_created': changesAsked,
  'pullrequest:changes_request_removed': changesAsked,
  'pullrequest:comment_created': comment,
  'pullrequest:comment_deleted': comment,
  'pullrequest:comment_reopened': comment,
  'pullrequest:comment_resolved': comment,
  'pullrequest:comment_updated': comment,
  'pullrequest:created': pullRequest,
  'pullrequest:fulfilled': pullRequest,
  'pullrequest:rejected': pullRequest,
  'pullrequest:unapproved': reviewed,
  'pullrequest:updated': pullRequest,
  'repo:commit_comment_created': { always: ['comment', 'commit'] },
  'repo:commit_status_created': build,
  'repo:commit_status_updated': build,
  'repo:fork': { always: ['fork'] },
  'repo:imported': { always: [] },
  'repo:push': { always: ['push'] },
  'repo:transfer': { always: ['previous_owner'] },
  'repo:updated': { always: ['changes'] },
};

const otherCloudEvent = createOtherEvent(members, { everywhere: 'actor' });

/** Whether the body cannot be of the event that the unsigned header claims. Data Center names the event in its bodies, too. */
export const contradictsBitbucketEvent = (event: string, payload: unknown): boolean => {
  if (memberAt(payload, 'eventKey') !== undefined) return textAt(payload, 'eventKey') !== event;
  return otherCloudEvent(event, payload) !== undefined;
};

const evidence = [
  'date',
  'pullrequest.updated_on',
  'issue.updated_on',
  'commit_status.updated_on',
  'comment.updated_on',
];

/** Whether the payload is of this one occurrence alone: it says when something in it was changed. */
export const isUniqueOnBitbucket = ({ payload, receivedAt }: Occurrence): boolean =>
  evidence.some((path) => isOfNow(payload, path, receivedAt));
