import { once } from 'node:events';
import { request } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { startGithubApi } from '../../../local/github-api/start-github-api.js';
import { startGitlabApi } from '../../../local/gitlab-api/start-gitlab-api.js';

it.each([
  ['GitHub', () => startGithubApi()],
  ['GitLab', () => startGitlabApi({ resend: async () => 202 })],
])("a stand-in of %s's API answers requests whose path is none", async (_, start) => {
  const api = await start();
  const { hostname, port } = new URL(api.url);
  const statuses: (number | undefined)[] = [];
  onTestFinished(() => api.close());
  for (const path of ['//', 'http://[', '*', '/%zz']) {
    const headers = { authorization: 'Bearer x', 'private-token': 'x' };
    const asking = request({ hostname, port, path, headers, signal: AbortSignal.timeout(4_000) }).end();
    const [reply] = await once(asking, 'response');
    reply.resume();
    statuses.push(reply.statusCode);
  }

  expect(statuses).toEqual([404, 404, 404, 404]);
});

it('the stand-in of GitHub says of each attempt whether its delivery had been attempted before, newest first', async () => {
  const api = await startGithubApi();
  for (const guid of ['one', 'two', 'one']) api.record({ guid, event: 'push', status: 202 });

  const response = await fetch(`${api.url}/app/hook/deliveries`, { headers: { authorization: 'Bearer any' } });
  const attempts: unknown = await response.json();
  await api.close();

  expect(attempts).toMatchObject([
    { guid: 'one', redelivery: true },
    { guid: 'two', redelivery: false },
    { guid: 'one', redelivery: false },
  ]);
});
