import type { DeliveryHeaders, SessionKeys } from './provider.js';
import { hasObjectAt, hostOrigin, itemsAt, memberAt, numberAt, originOf, textAt, webUrl } from './read-member.js';

const repositoryName = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const login = /^[A-Za-z0-9_-]{1,100}$/;

const matching = (text: string | undefined, form: RegExp): string | undefined =>
  text !== undefined && form.test(text) ? text : undefined;

/** `owner/repo` of the repository that the event belongs to, if any. */
export const githubRepository = (payload: unknown): string | undefined =>
  matching(textAt(payload, 'repository', 'full_name'), repositoryName);

/** Login of the organization that the event belongs to, if any. */
const githubOrganization = (payload: unknown): string | undefined =>
  matching(textAt(payload, 'organization', 'login'), login);

const enterpriseSlug = (payload: unknown): string | undefined => matching(textAt(payload, 'enterprise', 'slug'), login);

/**
 * The smallest place that the event happened in: `owner/repo`, an organization, `installation/{id}` of an App, or
 * `enterprises/{slug}`. A few events (security advisories, sponsorships) belong to none.
 */
export const githubScope = (payload: unknown): string | undefined => {
  const place = githubRepository(payload) ?? githubOrganization(payload);
  if (place !== undefined) return place;
  const installation = numberAt(payload, 'installation', 'id');
  if (installation !== undefined) return `installation/${installation}`;
  const enterprise = enterpriseSlug(payload);
  return enterprise === undefined ? undefined : `enterprises/${enterprise}`;
};

/**
 * `https://github.com`, or the server that sent it: told by the payload's own addresses, which are signed, else by the
 * header that GitHub Enterprise Server adds.
 */
const webOrigin = (headers: DeliveryHeaders, payload: unknown): string => {
  const address =
    webUrl(textAt(payload, 'sender', 'html_url')) ??
    webUrl(textAt(payload, 'repository', 'html_url')) ??
    webUrl(textAt(payload, 'enterprise', 'html_url')) ??
    webUrl(textAt(payload, 'installation', 'html_url'));
  return originOf(address) ?? hostOrigin(headers.get('x-github-enterprise-host')) ?? 'https://github.com';
};

const appSlug = /^[A-Za-z0-9_-]{1,100}$/;
const targetType = /^[A-Za-z_-]{1,64}$/;
const targetId = /^\d{1,20}$/;

/** The resource that the hook was made on, e.g. `integration/12345` for an App, as its two headers name it. */
const hookTarget = (headers: DeliveryHeaders): string | undefined => {
  const type = headers.get('x-github-hook-installation-target-type') ?? '';
  const id = headers.get('x-github-hook-installation-target-id') ?? '';
  return targetType.test(type) && targetId.test(id) ? `${type}/${id}` : undefined;
};

const pathOf = (payload: unknown): string | undefined => {
  const place = githubRepository(payload) ?? githubOrganization(payload);
  if (place !== undefined) return place;
  const slug = textAt(payload, 'installation', 'app_slug') ?? '';
  return appSlug.test(slug) ? `apps/${slug}` : undefined;
};

/**
 * URI of what sent a delivery: the repository; without one the organization, the App, the enterprise, or the resource that
 * the hook was made on; at last the installation, the sender or the server itself.
 */
export const githubSource = (headers: DeliveryHeaders, payload: unknown): string => {
  const repository = webUrl(textAt(payload, 'repository', 'html_url'));
  if (repository !== undefined) return repository;
  const origin = webOrigin(headers, payload);
  const path = pathOf(payload);
  if (path !== undefined) return `${origin}/${path}`;
  const enterprise = webUrl(textAt(payload, 'enterprise', 'html_url'));
  if (enterprise !== undefined) return enterprise;
  const target = hookTarget(headers);
  if (target !== undefined) return `${origin}/${target}`;
  return webUrl(textAt(payload, 'installation', 'html_url')) ?? webUrl(textAt(payload, 'sender', 'html_url')) ?? origin;
};

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

/** The pull request that a run names: the repository's own first, because a fork's run names the parent's too. */
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

const checkedEntityOf = ({ pullRequest, branch, commit }: Checked): string | undefined => {
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
const githubCheckedEntity = (event: string, payload: unknown): string | undefined => {
  if (event === 'status') return checkedEntityOf(checkedByStatus(payload));
  return runs.has(event) ? checkedEntityOf(checkedByRun(event, payload)) : undefined;
};

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
