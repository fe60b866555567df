import { describe, expect, it } from 'vitest';
import { githubSessionKeys } from '../../../src/providers/github-entities.js';

const repository = { id: 9, full_name: 'octo-org/octo-repo' };
const here = { base: { repo: { id: 9 } } };
const elsewhere = { base: { repo: { id: 1 } } };
const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';
const source = 'https://github.com/octo-org/octo-repo';

const entityKey = (event: string, payload: object): string =>
  githubSessionKeys(event, { repository, ...payload }, source).entity;

describe('session key', () => {
  it.each([
    ['pull_request', { pull_request: { number: 42 } }],
    ['pull_request_review', { review: { id: 1 }, pull_request: { number: 42 } }],
    ['pull_request_review_comment', { comment: { id: 1 }, pull_request: { number: 42 } }],
    ['pull_request_review_thread', { thread: {}, pull_request: { number: 42 } }],
    ['issue_comment', { issue: { number: 42, pull_request: { url: '' } }, comment: { id: 1 } }],
    ['issues', { issue: { number: 42, pull_request: {} } }],
    ['check_run', { check_run: { pull_requests: [{ number: 42 }], check_suite: { head_branch: 'main' } } }],
    ['check_run', { check_run: { pull_requests: [], check_suite: { pull_requests: [{ number: 42, ...here }] } } }],
    ['check_suite', { check_suite: { pull_requests: [{ number: 42 }], head_branch: 'main', head_sha: sha } }],
    [
      'check_suite',
      {
        check_suite: {
          pull_requests: [
            { number: 8, ...elsewhere },
            { number: 42, ...here },
          ],
        },
      },
    ],
    ['workflow_run', { workflow_run: { pull_requests: [{ number: 42 }], head_branch: 'main' } }],
    ['pull_request_yet_to_come', { pull_request: { number: 42 } }],
  ])("of %s is its pull request's", (event, payload) => {
    expect(entityKey(event, payload)).toBe('octo-org/octo-repo/pull_request/42');
  });

  it.each([
    ['issues', { issue: { number: 7 } }, 'issue/7'],
    ['issue_comment', { issue: { number: 7, pull_request: null } }, 'issue/7'],
    ['discussion', { discussion: { number: 3 } }, 'discussion/3'],
    ['discussion_comment', { discussion: { number: 3 }, comment: { id: 1 } }, 'discussion/3'],
    ['push', { ref: 'refs/heads/feature/x' }, 'branch/feature/x'],
    ['push', { ref: 'refs/tags/v1.0' }, 'tag/v1.0'],
    ['create', { ref_type: 'branch', ref: 'feature/x' }, 'branch/feature/x'],
    ['create', { ref_type: 'tag', ref: 'v1.0' }, 'tag/v1.0'],
    ['delete', { ref_type: 'branch', ref: 'feature/x' }, 'branch/feature/x'],
    ['delete', { ref_type: 'tag', ref: 'v1.0' }, 'tag/v1.0'],
    ['release', { release: { id: 1, tag_name: 'v1.0' } }, 'tag/v1.0'],
    ['check_run', { check_run: { pull_requests: [], check_suite: { head_branch: 'main' } } }, 'branch/main'],
    ['check_run', { check_run: { head_sha: sha, check_suite: { head_branch: null } } }, `commit/${sha}`],
    ['check_suite', { check_suite: { pull_requests: [], head_branch: 'main', head_sha: sha } }, 'branch/main'],
    ['check_suite', { check_suite: { pull_requests: [], head_branch: null, head_sha: sha } }, `commit/${sha}`],
    ['workflow_run', { workflow_run: { pull_requests: [], head_branch: 'main' } }, 'branch/main'],
    ['workflow_job', { workflow_job: { head_branch: 'main', head_sha: sha } }, 'branch/main'],
    ['workflow_job', { workflow_job: { head_branch: null, head_sha: sha } }, `commit/${sha}`],
    ['status', { sha, branches: [{ name: 'main' }] }, 'branch/main'],
    ['status', { sha, branches: [] }, `commit/${sha}`],
  ])('of %s %j is %s of its repository', (event, payload, entity) => {
    expect(entityKey(event, payload)).toBe(`octo-org/octo-repo/${entity}`);
  });

  it('of a status is the branch that its commit heads, not one that merely holds it', () => {
    const branches = [
      { name: 'main', commit: { sha: 'f95f852bd8fca8fcc58a9a2d6c842781e32a215e' } },
      { name: 'feature', commit: { sha } },
    ];

    expect(entityKey('status', { sha, branches })).toBe('octo-org/octo-repo/branch/feature');
  });

  it.each([
    ['star', {}],
    ['member', { member: { id: 1 } }],
    ['label', { label: { id: 1 } }],
    ['milestone', { milestone: { number: 2 } }],
    ['deployment', { deployment: { id: 1, sha, ref: 'main' } }],
    ['commit_comment', { comment: { commit_id: sha } }],
    ['repository_dispatch', { branch: 'main' }],
    ['merge_group', { merge_group: { head_ref: 'refs/heads/x' } }],
    ['create', { ref_type: 'repository', ref: null }],
    ['create', { ref_type: 'repository', ref: 'main' }],
    ['push', { ref: 'refs/notes/commits' }],
    ['release', { release: { tag_name: null } }],
    ['pull_request', { pull_request: { number: '42' } }],
    ['pull_request', { pull_request: { number: -1 } }],
    ['issues', { issue: { number: 1e300 } }],
  ])('of %s %j is its repository', (event, payload) => {
    expect(entityKey(event, payload)).toBe('octo-org/octo-repo');
  });

  it.each([
    ['an organization', { organization: { login: 'octo-org' }, installation: { id: 5 } }, 'octo-org'],
    ['an installation', { installation: { id: 5 }, enterprise: { slug: 'octo-corp' } }, 'installation/5'],
    ['an enterprise', { enterprise: { slug: 'octo-corp' } }, 'enterprises/octo-corp'],
    ['none of them', { security_advisory: {} }, 'https://github.com'],
  ])('of an event without a repository is that of %s', (_what, payload, key) => {
    const keys = githubSessionKeys('team', { ...payload, team: { id: 1 } }, 'https://github.com');

    expect(keys).toEqual({ entity: key, repository: key, source: 'https://github.com' });
  });
});
