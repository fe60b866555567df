import { githubConversation } from './github-conversation.js';
import { githubRef } from './github-ref.js';
import { githubScope } from './github-scope.js';
import { memberAt, numberAt, textAt } from './read-member.js';

const commit = (payload: unknown): string | undefined => {
  const sha = textAt(payload, 'sha') ?? textAt(payload, 'comment', 'commit_id');
  return sha === undefined ? undefined : `commit/${sha}`;
};

/** What the payload holds under the event's own name: `check_run/4`, `milestone/2`; every kind of alert is an `alert`. */
const namesake = (event: string, payload: unknown): string | undefined => {
  const entity = memberAt(payload, event.endsWith('_alert') ? 'alert' : event);
  const id = numberAt(entity, 'number') ?? numberAt(entity, 'id');
  return id === undefined ? undefined : `${event}/${id}`;
};

const places: ReadonlySet<string> = new Set(['repository', 'organization', 'installation', 'enterprise']);

const entityOf = (event: string, payload: unknown): string | undefined => {
  if (places.has(event)) return undefined;
  const known = githubConversation(payload) ?? githubRef(event, payload);
  if (known !== undefined) return known;
  return event === 'status' || event === 'commit_comment' ? commit(payload) : namesake(event, payload);
};

/** The entity that an event is about, e.g. `octo-org/octo-repo/pull_request/42`; its place when it is about no smaller thing. */
export const githubSubject = (event: string, payload: unknown): string | undefined => {
  const parts = [githubScope(payload), entityOf(event, payload)].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('/');
};
