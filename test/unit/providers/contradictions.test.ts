import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { bitbucket } from '../../../src/providers/bitbucket.js';
import { forgejo, gitea } from '../../../src/providers/gitea.js';
import { github } from '../../../src/providers/github.js';
import { otherGithubEvent } from '../../../src/providers/github-event-members.js';
import type { Provider } from '../../../src/providers/provider.js';
import { sentry } from '../../../src/providers/sentry.js';
import { shopify } from '../../../src/providers/shopify.js';
import { putOnTest, signedDelivery } from './provider-on-test.js';

const exampleSchema = z.array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }));
const folder = join(import.meta.dirname, '../../../node_modules/@octokit/webhooks-examples');

const examples = globSync('*/index.json', { cwd: folder }).flatMap((path) =>
  exampleSchema
    .parse(JSON.parse(readFileSync(join(folder, path), 'utf8')))
    .flatMap(({ name, examples }) => examples.map((payload) => ({ event: name, payload }))),
);
const names = [...new Set(examples.map(({ event }) => event))];

describe('a payload of GitHub', () => {
  it('is never refused under the event that it came with', () => {
    const refused = examples.filter(({ event, payload }) => otherGithubEvent(event, payload) !== undefined);

    expect(examples.length).toBeGreaterThan(500);
    expect(refused).toEqual([]);
  });

  it('is never refused under an event that nobody has heard of', () => {
    const refused = examples.filter(({ payload }) => otherGithubEvent('quantum_merge', payload) !== undefined);

    expect(refused).toEqual([]);
  });

  it('is never refused when it is of its event and has new members that no other event is told by', () => {
    const refused = examples.filter(
      ({ event, payload }) =>
        otherGithubEvent(event, { ...payload, quantum: 1, changes: {}, reason: 'x' }) !== undefined,
    );

    expect(refused).toEqual([]);
  });

  it('is refused under every other event, those of nothing but a place and an action too', () => {
    const accepted = new Set<string>();
    // What an organization says of whom it invited has the same members.
    const listed = names.filter((name) => name !== 'user');
    for (const { event, payload } of examples.filter((each) => listed.includes(each.event))) {
      for (const claimed of listed) {
        if (claimed !== event && otherGithubEvent(claimed, payload) === undefined)
          accepted.add(`${event} as ${claimed}`);
      }
    }

    expect([...accepted]).toEqual([]);
  });

  it.each([
    ['sub_issues', { action: 'opened', issue: { number: 1 }, repository: {}, sender: {} }],
    ['registry_package', { action: 'published', package: { id: 1 }, repository: {}, sender: {} }],
    ['branch_protection_configuration', { action: 'archived', repository: {}, sender: {} }],
    ['repository', { action: 'disabled', repository: {}, sender: {} }],
    ['deployment', { action: 'requested', environment: 'x', deployment_callback_url: 'x', deployment: {} }],
  ])('of %s, which has no published example, cannot be %j', (claimed, payload) => {
    expect(otherGithubEvent(claimed, payload)).toBeDefined();
  });

  it.each([
    ['push', { ref: 'refs/heads/main', repository: { full_name: 'o/r' } }],
    ['issues', { action: 'opened', issue: { number: 1 }, installation: { id: 1 } }],
    ['pull_request', { action: 'opened', pull_request: { number: 1 } }],
    ['ping', { zen: 'x' }],
    ['issues', { action: 'opened', repository: { full_name: 'o/r' }, sender: { login: 'x' } }],
    ['repository', { action: 'of tomorrow', repository: {}, sender: {} }],
    ['organization', { action: 'member_invited', user: {}, organization: {}, sender: {} }],
    ['installation', { action: 'created', installation: { id: 1, account: {} }, repositories: [], sender: {} }],
    ['installation_target', { action: 'renamed', account: {}, target_type: 'User', installation: {}, sender: {} }],
    ['push', {}],
    ['push', []],
    ['push', null],
    ['push', 'text'],
  ])('of %s that is no more than %j may be genuine', (event, payload) => {
    expect(otherGithubEvent(event, payload)).toBeUndefined();
  });
});

type Case = readonly [Provider, string, string, unknown];

const order = { id: 1, admin_graphql_api_id: 'gid://shopify/Order/1' };
const giteaPull = { action: 'opened', number: 1, pull_request: { number: 1 }, review: null, requested_reviewer: null };
const giteaComment = { action: 'created', issue: { number: 1 }, comment: { id: 2 }, is_pull: true };

const genuine: readonly Case[] = [
  [gitea, 'X-Gitea-Event', 'pull_request', giteaPull],
  [gitea, 'X-Gitea-Event', 'issue_comment', giteaComment],
  [gitea, 'X-Gitea-Event', 'issue_comment', { ...giteaComment, pull_request: { number: 1 } }],
  [gitea, 'X-Gitea-Event', 'pull_request_comment', { ...giteaPull, review: { type: 'pull_request_review_comment' } }],
  [forgejo, 'X-Forgejo-Event', 'action_run_success', { run: {} }],
  [bitbucket, 'X-Event-Key', 'pullrequest:updated', { pullrequest: { id: 1 }, actor: {} }],
  [bitbucket, 'X-Event-Key', 'issue:updated', { issue: { id: 1 }, comment: {}, changes: {} }],
  [bitbucket, 'X-Event-Key', 'pr:opened', { eventKey: 'pr:opened', pullRequest: { id: 1 } }],
  [bitbucket, 'X-Event-Key', 'diagnostics:ping', { test: true }],
  [sentry, 'Sentry-Hook-Resource', 'event_alert', { action: 'triggered', data: { event: {} } }],
  [sentry, 'Sentry-Hook-Resource', 'seer', { action: 'x', data: { issue: {} } }],
  [shopify, 'X-Shopify-Topic', 'orders/edited', { order_edit: { id: 1 } }],
  [shopify, 'X-Shopify-Topic', 'app/uninstalled', order],
  [shopify, 'X-Shopify-Topic', 'orders/paid', { admin_graphql_api_id: 'gid://shopify/Quantum/1' }],
];

const forged: readonly Case[] = [
  [github, 'X-GitHub-Event', 'release', { action: 'created', issue: { number: 1 }, comment: { id: 2 } }],
  [github, 'X-GitHub-Event', 'issues', { action: 'deleted', issue: { number: 1 }, comment: { id: 2 } }],
  [gitea, 'X-Gitea-Event', 'release', giteaPull],
  [gitea, 'X-Gitea-Event', 'issues', giteaComment],
  [gitea, 'X-Gitea-Event', 'pull_request', { ...giteaPull, review: { type: 'approved' } }],
  [forgejo, 'X-Forgejo-Event', 'repository', giteaComment],
  [bitbucket, 'X-Event-Key', 'repo:push', { pullrequest: { id: 1 } }],
  [bitbucket, 'X-Event-Key', 'pullrequest:created', { pullrequest: { id: 1 }, comment: { id: 2 } }],
  [bitbucket, 'X-Event-Key', 'pr:merged', { eventKey: 'pr:opened', pullRequest: { id: 1 } }],
  [sentry, 'Sentry-Hook-Resource', 'installation', { action: 'created', data: { issue: {} } }],
  [shopify, 'X-Shopify-Topic', 'customers/delete', order],
];

const named = (cases: readonly Case[]) =>
  cases.map(([provider, header, event, payload]) => ({ name: provider.name, provider, header, event, payload }));

const send = async ({ provider, header, event, payload }: ReturnType<typeof named>[number]) => {
  const test = putOnTest(provider);
  const body = JSON.stringify(payload);
  return {
    test,
    reply: await test.post(signedDelivery(provider, { body, headers: { [header]: event }, nowMs: test.nowMs })),
  };
};

describe('an unsigned header', () => {
  it.each(named(genuine))('of $name that says $event of a body that may be so is believed', async (each) => {
    expect((await send(each)).reply.status).toBe(each.provider.acceptedStatus);
  });

  it.each(
    named(forged),
  )('of $name that makes $event of a body of another event is refused and told in the log', async (each) => {
    const { test, reply } = await send(each);

    expect(reply).toMatchObject({ status: 400, json: { code: 'ContradictoryHeader' } });
    expect(test.memory.archive.names()).toEqual([]);
    expect(test.memory.lines.at(-1)).toMatchObject({ event: 'webhook.rejected', suspicious: true });
  });

  it('of a delivery that does not verify is never compared: 401', async () => {
    const [each] = named(forged);
    const test = each && putOnTest(each.provider);
    const headers = { 'content-type': 'application/json', 'x-github-event': 'release' };

    expect((await test?.post({ headers, body: Buffer.from(JSON.stringify(each?.payload)) }))?.status).toBe(401);
  });
});
