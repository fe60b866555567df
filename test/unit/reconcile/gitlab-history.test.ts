import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GitlabApi, startGitlabApi } from '../../../local/gitlab-api/start-gitlab-api.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { postWebhook, runTimer } from '../../support/post-webhook.js';

const minuteMs = 60_000;
const gitlabToken = 'a-gitlab-secret-for-tests';
const apiToken = 'glpat-for-tests-only';

let api: GitlabApi;
let site: MemoryApp;

const deliver = async (key: string): Promise<number> => {
  const body = Buffer.from(
    JSON.stringify({ object_kind: 'push', after: key, project: { path_with_namespace: 'octo/repo' } }),
  );
  const headers = {
    'content-type': 'application/json',
    'x-gitlab-event': 'Push Hook',
    'x-gitlab-token': gitlabToken,
    'idempotency-key': key,
  };
  return (await postWebhook(site.app.receiveWebhook, { provider: 'gitlab', headers, body })).status;
};

beforeEach(async () => {
  api = await startGitlabApi({ token: apiToken, now: () => site.clock.epochMs(), resend: deliver });
  site = createMemoryApp({
    environment: {
      PROVIDERS: 'github,gitlab',
      WEBHOOK_SECRET_GITLAB: gitlabToken,
      GITLAB_RECONCILE_HOOKS: 'projects/octo%2Frepo/hooks/7',
      GITLAB_API_URL: api.url,
    },
  });
  site.secrets.set('gitlab-webhook-secret', gitlabToken);
  site.secrets.set('gitlab-api-token', apiToken);
});

afterEach(() => api.close());

const missed = (count: number): readonly string[] => {
  const keys = Array.from({ length: count }, (_, n) => `3a427872-00df-429c-9bc9-${n}`);
  for (const key of keys) {
    site.clock.advance(100);
    api.record({ key, status: 'internal error', atMs: site.clock.epochMs() });
  }
  site.clock.advance(2 * minuteMs);
  return keys;
};

const resends = (): number => api.asked.filter((line) => line.startsWith('POST')).length;
const delivered = () => site.queue.messages('bot-notifier').map(({ body }) => JSON.parse(body.toString()).deliveryid);

describe('deliveries that GitLab could not make', () => {
  it('are asked for, oldest first, over several pages, and not again once they have come', async () => {
    const keys = missed(50);

    await runTimer(site.app.reconcileGithub);
    site.clock.advance(6 * minuteMs);
    await runTimer(site.app.reconcileGithub);

    expect(delivered()).toEqual(keys);
    expect(resends()).toBe(50);
  });

  it('are left alone when they have succeeded in another attempt, or are archived here', async () => {
    const [again = '', here = ''] = missed(2);
    api.record({ key: again, status: '200', atMs: site.clock.epochMs() });
    await deliver(here);

    await runTimer(site.app.reconcileGithub);

    expect(resends()).toBe(0);
  });

  it('are asked for within the limit that GitLab has, and all of them in the end', async () => {
    const keys = missed(12);
    for (let run = 0; run < 4; run += 1) {
      api.allow(5);
      await runTimer(site.app.reconcileGithub);
      site.clock.advance(6 * minuteMs);
    }

    expect(delivered()).toEqual(keys);
  });

  it('are found in answers that do not say when', async () => {
    const keys = missed(3);
    api.hideTimes();
    await runTimer(site.app.reconcileGithub);
    site.clock.advance(2 * minuteMs);
    await runTimer(site.app.reconcileGithub);

    expect(delivered().toSorted()).toEqual(keys.toSorted());
  });

  it('a token that is refused, or is not there, is said and asks for nothing', async () => {
    missed(1);
    site.secrets.set('gitlab-api-token', 'glpat-another-token');
    await runTimer(site.app.reconcileGithub);

    expect(site.lines.find(({ event }) => event === 'reconcile.run')).toMatchObject({
      outcome: 'unavailable',
      reason: 'refused-401',
    });
    expect(resends()).toBe(0);
  });
});
