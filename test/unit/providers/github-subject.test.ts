import { describe, expect, it } from 'vitest';
import { githubSubject } from '../../../src/providers/github-entities.js';

const repository = { id: 9, full_name: 'octo-org/octo-repo' };
const sha = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';

describe('subject', () => {
  it.each([
    ['pull_request', { pull_request: { id: 1, number: 42 } }, 'pull_request/42'],
    ['issue_comment', { issue: { number: 42, pull_request: {} }, comment: { id: 1 } }, 'pull_request/42'],
    ['issues', { issue: { number: 7 } }, 'issue/7'],
    ['push', { ref: 'refs/heads/main' }, 'branch/main'],
    ['status', { id: 1, sha }, `commit/${sha}`],
    ['commit_comment', { comment: { id: 1, commit_id: sha } }, `commit/${sha}`],
    ['check_run', { check_run: { id: 4, pull_requests: [{ number: 42 }] } }, 'check_run/4'],
    ['release', { release: { id: 11, tag_name: 'v1.0' } }, 'release/11'],
    ['milestone', { milestone: { id: 99, number: 2 } }, 'milestone/2'],
    ['dependabot_alert', { alert: { number: 20 } }, 'dependabot_alert/20'],
  ])('of %s is the entity it is about', (event, payload, entity) => {
    expect(githubSubject(event, { repository, ...payload })).toBe(`octo-org/octo-repo/${entity}`);
  });

  it.each(['star', 'repository', 'gollum'])('of %s is the repository', (event) => {
    expect(githubSubject(event, { repository })).toBe('octo-org/octo-repo');
  });

  it('of an installation is said once', () => {
    expect(githubSubject('installation', { installation: { id: 5 } })).toBe('installation/5');
  });

  it('is not invented for an event that names nothing', () => {
    expect(githubSubject('security_advisory', { security_advisory: {} })).toBeUndefined();
  });

  it('does without an id that parsing has already changed', () => {
    const payload: unknown = JSON.parse('{"check_run":{"id":820982911946154508}}');

    expect(githubSubject('check_run', { repository, ...Object(payload) })).toBe('octo-org/octo-repo');
  });
});
