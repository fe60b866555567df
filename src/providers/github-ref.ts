import { textAt } from './read-member.js';

const branchPrefix = 'refs/heads/';
const tagPrefix = 'refs/tags/';

const pushed = (ref: string | undefined): string | undefined => {
  if (ref?.startsWith(branchPrefix)) return `branch/${ref.slice(branchPrefix.length)}`;
  return ref?.startsWith(tagPrefix) ? `tag/${ref.slice(tagPrefix.length)}` : undefined;
};

const createdOrDeleted = (payload: unknown): string | undefined => {
  const kind = textAt(payload, 'ref_type');
  const name = textAt(payload, 'ref');
  return name !== undefined && (kind === 'branch' || kind === 'tag') ? `${kind}/${name}` : undefined;
};

/** The branch or tag that a push, create or delete is about: `branch/main`, `tag/v1.0`. */
export const githubRef = (event: string, payload: unknown): string | undefined => {
  if (event === 'push') return pushed(textAt(payload, 'ref'));
  return event === 'create' || event === 'delete' ? createdOrDeleted(payload) : undefined;
};
