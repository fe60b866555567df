import { entity } from './join-subject.js';
import { idAt, memberAt, numberAt, textAt } from './read-member.js';

const refPrefixes = [
  ['refs/heads/', 'branch'],
  ['refs/tags/', 'tag'],
] as const;

const refOf = (payload: unknown): string | undefined => {
  const ref = textAt(payload, 'ref') ?? textAt(payload, 'object_attributes', 'ref');
  if (ref === undefined) return undefined;
  const known = refPrefixes.find(([prefix]) => ref.startsWith(prefix));
  if (known !== undefined) return entity(known[1], ref.slice(known[0].length));
  const isTag = memberAt(payload, 'tag') === true || memberAt(payload, 'object_attributes', 'tag') === true;
  return entity(isTag ? 'tag' : 'branch', ref);
};

/** Beside an event's own attributes stands what it belongs to: the merge request of a pipeline, the issue of a note. */
const conversationBeside = (payload: unknown): string | undefined =>
  entity('merge_request', numberAt(payload, 'merge_request', 'iid')) ??
  entity('issue', numberAt(payload, 'issue', 'iid'));

const conversationKinds: ReadonlySet<string> = new Set(['merge_request', 'issue', 'work_item', 'milestone']);

const ownConversation = (event: string, payload: unknown): string | undefined =>
  conversationKinds.has(event) ? entity(event, numberAt(payload, 'object_attributes', 'iid')) : undefined;

/** What the events of a project are ordered by: a merge request or issue, else a branch or tag. */
export const gitlabConversation = (event: string, payload: unknown): string | undefined =>
  conversationBeside(payload) ??
  ownConversation(event, payload) ??
  (event === 'release' ? entity('tag', textAt(payload, 'tag')) : refOf(payload));

/** What an event is about: its conversation, else the thing of its own kind. */
export const gitlabEntity = (event: string, payload: unknown): string | undefined =>
  gitlabConversation(event, payload) ??
  entity('commit', textAt(payload, 'commit', 'id')) ??
  entity(event, idAt(payload, 'deployment_id') ?? idAt(payload, 'object_attributes', 'id') ?? idAt(payload, 'id'));
