import { randomUUID } from 'node:crypto';
import { verify } from '@octokit/webhooks-methods';
import { describe, expect, it } from 'vitest';
import { corruptDelivery } from '../../../../local/senders/corrupt-delivery.js';
import { githubSender } from '../../../../local/senders/github-sender.js';
import type { Sample, SignedDelivery } from '../../../../local/senders/sender.js';

const secret = "It's a Secret to Everybody";

const signed = (sample: Sample, form = false): SignedDelivery =>
  githubSender.sign({ sample, deliveryId: randomUUID(), secret, form, nowMs: 0 });

const isGenuine = ({ headers, body }: SignedDelivery): Promise<boolean> =>
  verify(secret, body.toString('utf8'), headers['X-Hub-Signature-256'] ?? '');

describe('GitHub sender', () => {
  it("signs as GitHub's documentation says", () => {
    // https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation
    const { headers } = signed({ event: 'push', body: Buffer.from('Hello, World!') });

    expect(headers['X-Hub-Signature-256']).toBe(
      'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    );
  });

  it("signs every sample so that GitHub's own library finds it genuine, in JSON and in a form", async () => {
    const samples = githubSender.samples();

    const genuine = await Promise.all(
      samples.flatMap((sample) => [signed(sample), signed(sample, true)]).map(isGenuine),
    );

    expect(samples.length).toBeGreaterThan(300);
    expect(genuine.filter((each) => !each)).toEqual([]);
  });

  it('puts the very same JSON inside a form', () => {
    const sample = { event: 'push', body: Buffer.from('{"text":"a b+c&d=é"}') };

    const { headers, body } = signed(sample, true);

    expect(headers['Content-Type']).toBe('application/x-www-form-urlencoded');
    expect(new URLSearchParams(body.toString('utf8')).get('payload')).toBe(sample.body.toString('utf8'));
  });

  it('a delivery whose signature or body is changed is not genuine any more, yet keeps its form', async () => {
    const delivery = signed({ event: 'push', body: Buffer.from('{}') });

    const forged = corruptDelivery(delivery, githubSender, 'signature');
    const altered = corruptDelivery(delivery, githubSender, 'body');

    expect(forged.headers['X-Hub-Signature-256']).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(altered.body.toString('utf8')).toBe('{} ');
    expect(await Promise.all([delivery, forged, altered].map(isGenuine))).toEqual([true, false, false]);
  });
});
