import { describe, expect, it } from 'vitest';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { postWebhook } from '../../support/post-webhook.js';
import { settled } from '../../support/until.js';

const forgedSentry = ({ app }: MemoryApp) =>
  postWebhook(app.receiveWebhook, {
    provider: 'sentry',
    headers: {
      'content-type': 'application/json',
      'sentry-hook-resource': 'issue',
      'sentry-hook-signature': '0'.repeat(64),
    },
    body: Buffer.from('{}'),
  });

const environment = { PROVIDERS: 'github,sentry', WEBHOOK_SECRET_SENTRY: 'the-secret-of-sentry-in-tests' };

describe('a vault that answers after a second', () => {
  it('is not at fault for callers that wait less: forged posts with 0.3 s leave the breaker closed', async () => {
    const memory = createMemoryApp({ environment });
    memory.secrets.set('sentry-webhook-secret', environment.WEBHOOK_SECRET_SENTRY);
    memory.secrets.setFault({
      kind: 'slow',
      wait: () => new Promise((resolve) => void memory.clock.startTimer(1_000, resolve)),
    });
    const statuses: (number | undefined)[] = [];

    for (let post = 0; post < 6; post += 1) {
      const forged = forgedSentry(memory);
      for (let step = 0; step < 10; step += 1) {
        await settled();
        memory.clock.advance(50);
      }
      statuses.push((await forged).status);
    }

    expect(statuses.slice(0, 2)).toEqual([503, 503]);
    expect(statuses.slice(3)).toEqual([401, 401, 401]);
    expect(memory.lines.filter(({ event }) => event === 'breaker.opened' || event === 'secret.refresh-failed')).toEqual(
      [],
    );
  });
});
