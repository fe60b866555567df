import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { githubSender } from '../../local/senders/github-sender.js';
import { localWebhookSecret } from '../../local/stack/local-secrets.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const minuteMs = 60_000;

describe("the local stack with a stand-in of GitHub's API", () => {
  let stack: RunningStack;

  beforeAll(async () => {
    // A run of the timer would take the turn of the test's.
    const environment = { GITHUB_RECONCILE_HOOKS: 'app', GITHUB_RECONCILE_SCHEDULE: '0 0 0 1 1 *' };
    stack = await startStack({ environment });
  });

  afterAll(() => stack?.stop());

  /** GitHub had no answer for it some minutes ago. */
  const miss = async (): Promise<string> => {
    const guid = randomUUID();
    const body = Buffer.from(
      JSON.stringify({ ref: 'refs/heads/main', after: guid, repository: { full_name: 'octo-org/octo-repo' } }),
    );
    const sample = { event: 'push', body };
    const signed = githubSender.sign({ sample, deliveryId: guid, secret: localWebhookSecret, form: false, nowMs: 0 });
    await stack.control.recordDelivery('github-api', {
      id: guid,
      event: 'push',
      status: 502,
      atMs: Date.now() - 5 * minuteMs,
      url: `${stack.hostUrl}/api/webhooks/github`,
      headers: { ...signed.headers },
      body: signed.body.toString('base64'),
    });
    return guid;
  };

  it('a delivery that GitHub could not make is asked for, and comes', async () => {
    const guid = await miss();

    const run = await stack.operate('POST', 'reconcile');

    expect(run.json).toMatchObject({ outcome: 'done', deliveries: [{ deliveryId: guid, verdict: 'asked' }] });
    await expect.poll(async () => (await stack.operate('GET', `events/${guid}`)).status).toBe(200);
  });

  it('an API that fails ends the run, and the next one ends complete', async () => {
    const guid = await miss();
    await stack.control.setFault('github-api', 'error 500');
    // What the API last answered serves for a second.
    await delay(1_100);

    const failed = await stack.operate('POST', 'reconcile');
    const told = await stack.control.faults();
    await stack.control.setFault('github-api', 'none');
    const complete = await stack.operate('POST', 'reconcile');

    expect(told).toMatchObject({ 'github-api': 'error 500', 'blob-storage': 'none' });
    expect(failed.json).toMatchObject({ outcome: 'unavailable' });
    expect(complete.json).toMatchObject({ outcome: 'done', deliveries: [{ deliveryId: guid, verdict: 'asked' }] });
  });
});
