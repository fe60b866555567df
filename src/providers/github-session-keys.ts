import { githubCheckedEntity } from './github-checked-entity.js';
import { githubConversation } from './github-conversation.js';
import { githubRef } from './github-ref.js';
import { githubRepository, githubScope } from './github-scope.js';
import type { SessionKeys } from './provider.js';
import { textAt } from './read-member.js';

const releasedTag = (event: string, payload: unknown): string | undefined => {
  const tag = event === 'release' ? textAt(payload, 'release', 'tag_name') : undefined;
  return tag === undefined ? undefined : `tag/${tag}`;
};

/** The entity whose events belong together, within its repository. */
const orderedEntity = (event: string, payload: unknown): string | undefined =>
  githubConversation(payload) ??
  githubCheckedEntity(event, payload) ??
  githubRef(event, payload) ??
  releasedTag(event, payload);

/**
 * What a GitHub event is ordered by: `{owner}/{repo}/{entity}/{id}` for conversations, branches, tags and commits; anything
 * else its repository, organization, installation or enterprise, and at last its source. Never empty.
 */
export const githubSessionKeys = (event: string, payload: unknown, source: string): SessionKeys => {
  const repository = githubScope(payload) ?? source;
  const entity = githubRepository(payload) === undefined ? undefined : orderedEntity(event, payload);
  return { entity: entity === undefined ? repository : `${repository}/${entity}`, repository, source };
};
