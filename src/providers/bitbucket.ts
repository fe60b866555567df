import { describeEvent, entity, joinSubject } from './describe-event.js';
import { defineProvider, describeByHeader, headerText } from './provider.js';
import {
  createOtherEvent,
  type EventTable,
  isOfNow,
  itemsAt,
  memberAt,
  numberAt,
  type Occurrence,
  textAt,
  urlBelow,
  webUrl,
} from './read-member.js';

const pullRequest = { always: ['pullrequest'] };
const reviewed = { always: ['pullrequest', 'approval'] };
const changesAsked = { always: ['pullrequest', 'changes_request'] };
const comment = { always: ['pullrequest', 'comment'] };
const build = { always: ['commit_status'] };

/** The members that identify Bitbucket Cloud's events (https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/). */
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

/** Whether the body cannot belong to the event that the unsigned header claims. Data Center names the event in its bodies, too. */
const contradictsBitbucketEvent = (event: string, payload: unknown): boolean => {
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

/** Whether the payload belongs to a single occurrence: it says when something in it was changed. */
const isUniqueOnBitbucket = ({ payload, receivedAt }: Occurrence): boolean =>
  evidence.some((path) => isOfNow(payload, path, receivedAt));

/** Data Center names the repository inside the pull request. */
const repositoryIn = (payload: unknown): unknown =>
  memberAt(payload, 'repository') ?? memberAt(payload, 'pullRequest', 'toRef', 'repository');

const repositoryName = /^[A-Za-z0-9._~-]+\/[A-Za-z0-9._-]+$/;

/** `workspace/repo` in the cloud, `PROJECT/repo` on Data Center. */
const repositoryOf = (payload: unknown): string | undefined => {
  const repository = repositoryIn(payload);
  const name =
    textAt(repository, 'full_name') ?? joinSubject(textAt(repository, 'project', 'key'), textAt(repository, 'slug'));
  return name !== undefined && repositoryName.test(name) ? name : undefined;
};

const sourceOf = (payload: unknown, repository: string | undefined): string => {
  const self = itemsAt(repositoryIn(payload), 'links', 'self')[0];
  return (
    webUrl(textAt(repositoryIn(payload), 'links', 'html', 'href')) ??
    webUrl(textAt(self, 'href')) ??
    urlBelow('https://bitbucket.org', ...(repository?.split('/') ?? []))
  );
};

/** The first branch or tag of a push; a deleted one has only what was before. */
const pushedRef = (payload: unknown): string | undefined => {
  const [change] = [...itemsAt(payload, 'push', 'changes'), ...itemsAt(payload, 'changes')];
  const ref = memberAt(change, 'new') ?? memberAt(change, 'old');
  const kind = textAt(ref, 'type') ?? textAt(change, 'ref', 'type')?.toLowerCase() ?? 'branch';
  return entity(kind, textAt(ref, 'name') ?? textAt(change, 'ref', 'displayId'));
};

const entityOf = (payload: unknown): string | undefined =>
  entity('pull_request', numberAt(payload, 'pullrequest', 'id') ?? numberAt(payload, 'pullRequest', 'id')) ??
  entity('issue', numberAt(payload, 'issue', 'id')) ??
  pushedRef(payload) ??
  entity('commit', textAt(payload, 'commit', 'hash') ?? textAt(payload, 'commit'));

/**
 * Bitbucket Cloud and Data Center (https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/). Signs with SHA-256
 * under the header's older name; a hook without a secret sends no signature and is refused.
 */
export const bitbucket = defineProvider({
  name: 'bitbucket',
  signing: [
    { kind: 'hmac', algorithm: 'sha256', header: 'X-Hub-Signature', prefix: 'sha256=', encoding: 'hex', key: 'text' },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Tries twice more after a server error or a timeout; never sends a payload above 256 KB.',
  describe: describeByHeader('X-Event-Key', (event, { headers, receivedAt }, payload) => {
    if (contradictsBitbucketEvent(event, payload)) return { kind: 'contradiction', header: 'X-Event-Key' };
    const repository = repositoryOf(payload);
    return describeEvent({
      event,
      deliveryId: headerText(headers, 'x-request-uuid') ?? headerText(headers, 'x-request-id'),
      source: sourceOf(payload, repository),
      subject: joinSubject(repository, entityOf(payload)),
      repository,
      isUnique: isUniqueOnBitbucket({ payload, receivedAt }),
    });
  }),
});
