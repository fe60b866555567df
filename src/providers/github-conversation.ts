import { hasObjectAt, numberAt } from './read-member.js';

const join = (entity: string, id: string | undefined): string | undefined =>
  id === undefined ? undefined : `${entity}/${id}`;

/**
 * The conversation that an event is part of: `pull_request/42`, `issue/7`, `discussion/3`. Told by what the payload holds, so
 * that reviews, review comments, review threads and events yet unknown join it too. GitHub reports a comment on a pull
 * request as one on an issue that has a `pull_request`.
 */
export const githubConversation = (payload: unknown): string | undefined =>
  join('pull_request', numberAt(payload, 'pull_request', 'number')) ??
  join(
    hasObjectAt(payload, 'issue', 'pull_request') ? 'pull_request' : 'issue',
    numberAt(payload, 'issue', 'number'),
  ) ??
  join('discussion', numberAt(payload, 'discussion', 'number'));
