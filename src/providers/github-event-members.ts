import {
  createOtherEvent,
  type EventTable,
  type Evidence,
  hasEvidence,
  hasObjectAt,
  memberAt,
  type Occurrence,
  textAt,
} from './read-member.js';

/**
 * By what GitHub's events are known (https://docs.github.com/en/webhooks/webhook-events-and-payloads): members that all published
 * examples have, and those of some that are the mark of another event. Events that are not here are never refused.
 */
const members: EventTable = {
  branch_protection_configuration: { always: [] },
  branch_protection_rule: { always: ['rule'] },
  cache_sync: { always: ['cache_location', 'ref', 'before', 'after'] },
  check_run: { always: ['check_run'] },
  check_suite: { always: ['check_suite'] },
  code_scanning_alert: { always: ['alert.rule', 'alert.tool'] },
  commit_comment: { always: ['comment'] },
  content_reference: { always: ['content_reference'] },
  create: { always: ['ref', 'ref_type', 'master_branch'], sometimes: ['pusher_type'] },
  custom_property: { always: ['definition'] },
  custom_property_values: { always: ['new_property_values', 'old_property_values'] },
  delete: { always: ['ref', 'ref_type', 'pusher_type'] },
  dependabot_alert: { always: ['alert.security_advisory'] },
  deploy_key: { always: ['key'] },
  deployment: { always: ['deployment'], sometimes: ['workflow', 'workflow_run'] },
  deployment_protection_rule: {
    always: ['environment', 'deployment_callback_url'],
    sometimes: ['deployment'],
  },
  deployment_review: { always: ['since', 'workflow_run'], sometimes: ['comment'] },
  deployment_status: {
    always: ['deployment_status', 'deployment'],
    sometimes: ['check_run', 'workflow', 'workflow_run'],
  },
  dismissal_request_code_scanning: { always: ['exemption_request'] },
  dismissal_request_secret_scanning: { always: ['exemption_request'] },
  discussion: { always: ['discussion'], sometimes: ['label'] },
  discussion_comment: { always: ['comment', 'discussion'] },
  exemption_request_push_ruleset: { always: ['exemption_request'] },
  exemption_request_secret_scanning: { always: ['exemption_request'] },
  enterprise: { always: [] },
  fork: { always: ['forkee'] },
  github_app_authorization: { always: [] },
  gollum: { always: ['pages'] },
  installation: { always: [] },
  installation_repositories: { always: ['repository_selection', 'repositories_added', 'repositories_removed'] },
  installation_target: { always: ['account', 'target_type'] },
  issue_comment: { always: ['issue', 'comment'] },
  issue_dependencies: { always: ['blocked_issue', 'blocking_issue'] },
  issues: { always: ['issue'], sometimes: ['assignee', 'label', 'milestone'] },
  label: { always: ['label'] },
  marketplace_purchase: { always: ['effective_date', 'marketplace_purchase'] },
  member: { always: ['member'] },
  membership: { always: ['scope', 'member', 'team'] },
  merge_group: { always: ['merge_group'] },
  meta: { always: ['hook_id', 'hook'] },
  milestone: { always: ['milestone'] },
  org_block: { always: ['blocked_user'] },
  organization: { always: [] },
  organization_custom_property: { always: ['definition'] },
  organization_custom_property_values: { always: ['new_property_values', 'old_property_values'] },
  package: { always: ['package'] },
  page_build: { always: ['build'] },
  personal_access_token_request: { always: ['personal_access_token_request'] },
  ping: { always: ['zen', 'hook_id', 'hook'] },
  project: { always: ['project'] },
  project_card: { always: ['project_card'] },
  project_column: { always: ['project_column'] },
  projects_v2: { always: ['projects_v2'] },
  projects_v2_item: { always: ['projects_v2_item'] },
  projects_v2_status_update: { always: ['projects_v2_status_update'] },
  public: { always: [] },
  pull_request: {
    always: ['number', 'pull_request'],
    sometimes: ['assignee', 'label', 'milestone', 'requested_reviewer', 'requested_team', 'before', 'after'],
  },
  pull_request_review: { always: ['review', 'pull_request'] },
  pull_request_review_comment: { always: ['comment', 'pull_request'] },
  pull_request_review_thread: { always: ['pull_request', 'thread'] },
  push: { always: ['ref', 'before', 'after', 'commits', 'pusher'] },
  registry_package: { always: ['registry_package'] },
  release: { always: ['release'] },
  repository: { always: [] },
  repository_advisory: { always: ['repository_advisory'] },
  repository_dispatch: { always: ['branch', 'client_payload'] },
  repository_import: { always: ['status'] },
  repository_ruleset: { always: ['repository_ruleset'] },
  repository_vulnerability_alert: { always: ['alert.affected_package_name'] },
  secret_scanning_alert: { always: ['alert.secret_type'] },
  secret_scanning_alert_location: { always: ['alert.secret_type', 'location'] },
  secret_scanning_scan: { always: ['source', 'started_at', 'completed_at'] },
  security_advisory: { always: ['security_advisory'] },
  sponsorship: { always: ['sponsorship'] },
  star: { always: ['starred_at'] },
  status: { always: ['sha', 'context', 'state', 'branches'] },
  sub_issues: { always: ['parent_issue', 'sub_issue'] },
  team: { always: ['team'] },
  team_add: { always: ['team'] },
  watch: { always: [] },
  workflow_dispatch: { always: ['inputs', 'ref', 'workflow'] },
  workflow_job: { always: ['workflow_job'], sometimes: ['deployment'] },
  workflow_run: { always: ['workflow', 'workflow_run'] },
};

/**
 * Of all other events two payloads may have the very same bytes: a dispatch with the same inputs, a member who joins twice, a
 * check that is asked for again, a ping.
 */
const evidence: Evidence = {
  branch_protection_rule: 'rule.updated_at',
  commit_comment: 'comment.updated_at',
  dependabot_alert: 'alert.updated_at',
  deploy_key: 'key.created_at',
  deployment: 'deployment.updated_at',
  deployment_status: 'deployment_status.updated_at',
  discussion: 'discussion.updated_at',
  discussion_comment: 'comment.updated_at',
  fork: 'forkee.created_at',
  issue_comment: 'comment.updated_at',
  issues: 'issue.updated_at',
  milestone: 'milestone.updated_at',
  package: 'package.updated_at',
  page_build: 'build.updated_at',
  project_card: 'project_card.updated_at',
  projects_v2_item: 'projects_v2_item.updated_at',
  pull_request: 'pull_request.updated_at',
  pull_request_review: 'review.submitted_at',
  pull_request_review_comment: 'comment.updated_at',
  push: 'repository.pushed_at',
  registry_package: 'registry_package.updated_at',
  release: 'release.updated_at',
  secret_scanning_alert: 'alert.updated_at',
  security_advisory: 'security_advisory.updated_at',
  status: 'updated_at',
  workflow_job: 'workflow_job.started_at',
  workflow_run: 'workflow_run.updated_at',
};

/** Whether something in the payload belongs to a single occurrence. */
export const isUniqueOnGithub = (event: string, occurrence: Occurrence): boolean =>
  hasEvidence(evidence, event, occurrence);

interface BareEvent {
  /** The first of the places that its payloads have. */
  readonly place: (typeof places)[number] | undefined;
  /** The empty action: they have none. */
  readonly actions: readonly string[];
}

const places = ['team', 'installation.account', 'repository', 'organization'] as const;

/** Events whose payloads have nothing but a place and a sender: the action tells them. */
const bareEvents: Readonly<Record<string, BareEvent>> = {
  branch_protection_configuration: { place: 'repository', actions: ['disabled', 'enabled'] },
  enterprise: { place: undefined, actions: ['anonymous_access_disabled', 'anonymous_access_enabled'] },
  github_app_authorization: { place: undefined, actions: ['revoked'] },
  installation: {
    place: 'installation.account',
    actions: ['created', 'deleted', 'new_permissions_accepted', 'suspend', 'unsuspend'],
  },
  organization: {
    place: 'organization',
    actions: ['deleted', 'member_added', 'member_invited', 'member_removed', 'renamed'],
  },
  public: { place: 'repository', actions: [''] },
  repository: {
    place: 'repository',
    actions: [
      ...['archived', 'created', 'deleted', 'edited', 'privatized', 'publicized', 'renamed', 'transferred'],
      'unarchived',
    ],
  },
  team: {
    place: 'team',
    actions: ['added_to_repository', 'created', 'deleted', 'edited', 'removed_from_repository'],
  },
  team_add: { place: 'team', actions: [''] },
  watch: { place: 'repository', actions: ['started'] },
};

const isThere = (payload: unknown, path: string): boolean => memberAt(payload, ...path.split('.')) !== undefined;

const bareEventOf = (payload: unknown): string | undefined => {
  if (!hasObjectAt(payload, 'sender')) return undefined;
  const place = places.find((path) => isThere(payload, path));
  const action = textAt(payload, 'action') ?? '';
  return Object.keys(bareEvents).find((name) => {
    const bare = bareEvents[name];
    return bare?.place === place && bare?.actions.includes(action);
  });
};

/** A bare payload belongs neither to another bare event nor to an event of whose members it has none. */
const otherBareEvent = (event: string, payload: unknown): string | undefined => {
  const isBare = Object.hasOwn(bareEvents, event);
  if (!isBare && !Object.hasOwn(members, event)) return undefined;
  if (!isBare && members[event]?.always.some((path) => isThere(payload, path))) return undefined;
  const other = bareEventOf(payload);
  return other === event ? undefined : other;
};

const otherByMembers = createOtherEvent(members, { everywhere: 'sender' });

/** Of which other event a payload of GitHub's is, when it cannot be of the one that the unsigned header claims. */
export const otherGithubEvent = (event: string, payload: unknown): string | undefined =>
  otherByMembers(event, payload) ?? otherBareEvent(event, payload);
