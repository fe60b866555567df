import { defineProvider } from './define-provider.js';
import { describeEvent } from './describe-event.js';
import { isUniqueOnGitea, otherGiteaEvent } from './gitea-event-members.js';
import { githubConversation } from './github-conversation.js';
import { githubRef } from './github-ref.js';
import { entity, joinSubject } from './join-subject.js';
import type { Provider } from './provider.js';
import { textAt, wordAt } from './read-member.js';
import { describeByHeader } from './required-header.js';
import { originOf, webUrl } from './web-url.js';

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
        deliveryId: headers.get(`${headerPrefix}-Delivery`),
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
