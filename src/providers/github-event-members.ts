import { createOtherEvent, type EventTable, type Evidence, hasEvidence, type Occurrence } from './event-members.js';

/**
 * By what GitHub's events are known (https://docs.github.com/en/webhooks/webhook-events-and-payloads): members that all published
 * examples have, and those of some that are the mark of another event. Events that are not here are never refused.
 */
const members: EventTable = {
  branch_protection_rule: { always: ['rule'] },
  check_run: { always: ['check_run'] },
  check_suite: { always: ['check_suite'] },
  code_scanning_alert: { always: ['alert.rule', 'alert.tool'] },
  commit_comment: { always: ['comment'] },
  create: { always: ['ref', 'ref_type', 'master_branch'], sometimes: ['pusher_type'] },
  delete: { always: ['ref', 'ref_type', 'pusher_type'] },
  dependabot_alert: { always: ['alert.security_advisory'] },
  deploy_key: { always: ['key'] },
  deployment: { always: ['deployment'], sometimes: ['workflow', 'workflow_run'] },
  deployment_status: {
    always: ['deployment_status', 'deployment'],
    sometimes: ['check_run', 'workflow', 'workflow_run'],
  },
  discussion: { always: ['discussion'], sometimes: ['label'] },
  discussion_comment: { always: ['comment', 'discussion'] },
  fork: { always: ['forkee'] },
  github_app_authorization: { always: [] },
  gollum: { always: ['pages'] },
  installation: { always: [] },
  installation_repositories: { always: ['repository_selection', 'repositories_added', 'repositories_removed'] },
  issue_comment: { always: ['issue', 'comment'] },
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
  package: { always: ['package'] },
  page_build: { always: ['build'] },
  ping: { always: ['zen', 'hook_id', 'hook'] },
  project: { always: ['project'] },
  project_card: { always: ['project_card'] },
  project_column: { always: ['project_column'] },
  projects_v2_item: { always: ['projects_v2_item'] },
  public: { always: [] },
  pull_request: {
    always: ['number', 'pull_request'],
    sometimes: ['assignee', 'label', 'milestone', 'requested_reviewer', 'requested_team', 'before', 'after'],
  },
  pull_request_review: { always: ['review', 'pull_request'] },
  pull_request_review_comment: { always: ['comment', 'pull_request'] },
  pull_request_review_thread: { always: ['pull_request', 'thread'] },
  push: { always: ['ref', 'before', 'after', 'commits', 'pusher'] },
  release: { always: ['release'] },
  repository: { always: [] },
  repository_dispatch: { always: ['branch', 'client_payload'] },
  repository_vulnerability_alert: { always: ['alert.affected_package_name'] },
  secret_scanning_alert: { always: ['alert.secret_type'] },
  secret_scanning_alert_location: { always: ['alert.secret_type', 'location'] },
  security_advisory: { always: ['security_advisory'] },
  sponsorship: { always: ['sponsorship'] },
  star: { always: ['starred_at'] },
  status: { always: ['sha', 'context', 'state', 'branches'] },
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

/** Whether something in the payload is of this one occurrence alone. */
export const isUniqueOnGithub = (event: string, occurrence: Occurrence): boolean =>
  hasEvidence(evidence, event, occurrence);

/** Of which other event a payload of GitHub's is, when it cannot be of the one that the unsigned header claims. */
export const otherGithubEvent = createOtherEvent(members, { everywhere: 'sender' });
