import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { localSecretOf } from '../../local/senders/local-provider-secret.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const minuteMs = 60_000;

let stack: RunningStack;

beforeAll(async () => {
  const environment = { PROVIDERS: 'github,gitlab', GITLAB_RECONCILE_HOOKS: 'projects/octo%2Frepo/hooks/7' };
  stack = await startStack({ environment });
}, 180_000);

afterAll(() => stack?.stop());

/** GitLab had no answer for it some minutes ago. */
const miss = async (): Promise<string> => {
  const id = randomUUID();
  const body = { object_kind: 'push', after: id, project: { path_with_namespace: 'octo/repo' } };
  await stack.control.recordDelivery('gitlab-api', {
    id,
    event: 'push',
    status: 502,
    atMs: Date.now() - 5 * minuteMs,
    url: `${stack.hostUrl}/api/webhooks/gitlab`,
    headers: {
      'content-type': 'application/json',
      'x-gitlab-event': 'Push Hook',
      'x-gitlab-token': localSecretOf('gitlab').stored,
      'idempotency-key': id,
    },
    body: Buffer.from(JSON.stringify(body)).toString('base64'),
  });
  return id;
};

/** The timer's run may just have its turn. */
const reconcile = async () => {
  for (;;) {
    const run = await stack.operate('POST', 'reconcile');
    if (Object(run.json)['outcome'] !== 'taken') return run;
    await delay(200);
  }
};

it("a stand-in of GitLab's API: while it fails nothing is asked for, then what could not be made comes", async () => {
  const id = await miss();
  await stack.control.setFault('gitlab-api', 'error 404');
  const failed = await reconcile();
  const told = await stack.control.faults();
  await stack.control.setFault('gitlab-api', 'none');

  const run = await reconcile();

  expect(told).toMatchObject({ 'gitlab-api': 'error 404' });
  expect(told['github-api']).toBeUndefined();
  expect(failed.json).toMatchObject({ outcome: 'unavailable', reason: 'refused-404' });
  expect(run.json).toMatchObject({ outcome: 'done', deliveries: [{ deliveryId: id, verdict: 'asked' }] });
  await expect.poll(async () => (await stack.operate('GET', `events/${id}`)).status, { timeout: 60_000 }).toBe(200);
  expect(await stack.control.askedOf('gitlab-api')).toContain(
    'POST /api/v4/projects/octo%2Frepo/hooks/7/events/1/resend',
  );
});
