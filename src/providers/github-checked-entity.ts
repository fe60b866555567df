import { itemsAt, memberAt, numberAt, textAt } from './read-member.js';

/** The pull request that a run names: the repository's own first, for a fork's run names the parent's too. */
const namedPullRequest = (run: unknown, payload: unknown): string | undefined => {
  const listed = itemsAt(run, 'pull_requests');
  const repository = numberAt(payload, 'repository', 'id');
  const own = listed.find((pull) => numberAt(pull, 'base', 'repo', 'id') === repository);
  return numberAt(own, 'number') ?? numberAt(listed[0], 'number');
};

interface Checked {
  readonly pullRequest?: string | undefined;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
}

const entityOf = ({ pullRequest, branch, commit }: Checked): string | undefined => {
  if (pullRequest !== undefined) return `pull_request/${pullRequest}`;
  if (branch !== undefined) return `branch/${branch}`;
  return commit === undefined ? undefined : `commit/${commit}`;
};

const checkedByRun = (event: string, payload: unknown): Checked => {
  const run = memberAt(payload, event);
  const suite = memberAt(run, 'check_suite');
  return {
    pullRequest: namedPullRequest(run, payload) ?? namedPullRequest(suite, payload),
    branch: textAt(run, 'head_branch') ?? textAt(suite, 'head_branch'),
    commit: textAt(run, 'head_sha'),
  };
};

/** A status lists the branches that hold its commit: the one whose head it is, else the first. */
const checkedByStatus = (payload: unknown): Checked => {
  const commit = textAt(payload, 'sha');
  const branches = itemsAt(payload, 'branches');
  const head = branches.find((branch) => commit !== undefined && textAt(branch, 'commit', 'sha') === commit);
  return { branch: textAt(head, 'name') ?? textAt(branches[0], 'name'), commit };
};

const runs: ReadonlySet<string> = new Set(['check_run', 'check_suite', 'workflow_run', 'workflow_job']);

/** What a check, check suite, status, workflow run or job checked: the pull request it names, else the branch, else the commit. */
export const githubCheckedEntity = (event: string, payload: unknown): string | undefined => {
  if (event === 'status') return entityOf(checkedByStatus(payload));
  return runs.has(event) ? entityOf(checkedByRun(event, payload)) : undefined;
};
