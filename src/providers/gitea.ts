import { describeEvent, entity, joinSubject } from './describe-event.js';
import { githubConversation, githubRef } from './github-entities.js';
import type { Provider } from './provider.js';
import { defineProvider, describeByHeader, headerText } from './provider.js';
import {
  createOtherEvent,
  type EventTable,
  type Evidence,
  hasEvidence,
  memberAt,
  type Occurrence,
  originOf,
  textAt,
  webUrl,
  wordAt,
} from './read-member.js';

/** The members that identify the events of Gitea and Forgejo (https://docs.gitea.com/usage/webhooks); others are never refused. */
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

/** They write `null` for what an event does not have. */
const isGiven = (payload: unknown, name: string): boolean => (memberAt(payload, name) ?? null) !== null;

const evidence: Evidence = {
  issue_comment: 'comment.updated_at',
  issues: 'issue.updated_at',
  pull_request: 'pull_request.updated_at',
};

/** Whether the payload belongs to a single occurrence. The button that tests a hook sends a push, and two of these may be equal. */
const isUniqueOnGitea = (event: string, occurrence: Occurrence): boolean => hasEvidence(evidence, event, occurrence);

/** Which other event a payload belongs to, when it cannot belong to the one that the unsigned header claims. */
const otherGiteaEvent = createOtherEvent(members, { isPresent: isGiven, everywhere: 'sender' });

const repositoryName = /^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/;

const repositoryOf = (payload: unknown): string | undefined => {
  const name = textAt(payload, 'repository', 'full_name') ?? '';
  return repositoryName.test(name) ? name : undefined;
};

/** Payloads are spelt as GitHub spells them. */
const entityOf = (event: string, payload: unknown): string | undefined =>
  githubConversation(payload) ??
  githubRef(event, payload) ??
  entity('tag', textAt(payload, 'release', 'tag_name')) ??
  entity('package', textAt(payload, 'package', 'name')) ??
  entity('commit', textAt(payload, 'sha'));

const forge = (name: string, headerPrefix: string, home: string): Provider =>
  defineProvider({
    name,
    signing: [{ kind: 'hmac', algorithm: 'sha256', header: `${headerPrefix}-Signature`, encoding: 'hex', key: 'text' }],
    contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
    formField: 'payload',
    replyBudgetMs: 4500,
    acceptedStatus: 202,
    afterFailure: 'Never sends again by itself; a delivery can be replayed by hand from the hook’s page.',
    describe: describeByHeader(`${headerPrefix}-Event`, (event, { headers, receivedAt }, payload) => {
      if (otherGiteaEvent(event, payload) !== undefined)
        return { kind: 'contradiction', header: `${headerPrefix}-Event` };
      const repository = repositoryOf(payload);
      const repositoryUrl = webUrl(textAt(payload, 'repository', 'html_url'));
      return describeEvent({
        event,
        action: wordAt(payload, 'action'),
        deliveryId: headerText(headers, `${headerPrefix}-Delivery`),
        source: repositoryUrl ?? originOf(textAt(payload, 'sender', 'html_url')) ?? home,
        subject: joinSubject(repository, entityOf(event, payload)),
        repository,
        isUnique: isUniqueOnGitea(event, { payload, receivedAt }),
      });
    }),
  });

/** Gitea (https://docs.gitea.com/usage/webhooks): the bare hex of `X-Gitea-Signature`. */
export const gitea = forge('gitea', 'X-Gitea', 'https://gitea.com');

/** Forgejo (https://forgejo.org/docs/latest/user/webhooks/), under header names of its own. */
export const forgejo = forge('forgejo', 'X-Forgejo', 'https://codeberg.org');
