import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import type { DeliveryToSign, Sample, Sender, SignedDelivery } from './sender.js';

interface ExamplesOfEvent {
  readonly name: string;
  readonly examples: readonly { readonly action?: unknown }[];
}

/** The published examples of github.com, one entry per event; loaded by `require`, which reads 4 MB of JSON faster than `import`. */
const loadExamples = (): readonly ExamplesOfEvent[] =>
  createRequire(import.meta.url)('@octokit/webhooks-examples/api.github.com/index.json');

const toSample =
  (event: string) =>
  (example: { readonly action?: unknown }): Sample => ({
    event,
    ...(typeof example.action === 'string' && { action: example.action }),
    body: Buffer.from(JSON.stringify(example)),
  });

const hmac = (algorithm: 'sha1' | 'sha256', secret: string, body: Buffer): string =>
  `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;

const sign = ({ sample, deliveryId, secret, form }: DeliveryToSign): SignedDelivery => {
  const body = form ? Buffer.from(`payload=${encodeURIComponent(sample.body.toString('utf8'))}`) : sample.body;
  return {
    body,
    headers: {
      Accept: '*/*',
      'Content-Type': form ? 'application/x-www-form-urlencoded' : (sample.contentType ?? 'application/json'),
      'User-Agent': 'GitHub-Hookshot/044aadd',
      'X-GitHub-Delivery': deliveryId,
      'X-GitHub-Event': sample.event,
      'X-GitHub-Hook-ID': '292430182',
      'X-GitHub-Hook-Installation-Target-ID': '79929171',
      'X-GitHub-Hook-Installation-Target-Type': 'repository',
      'X-Hub-Signature': hmac('sha1', secret, body),
      'X-Hub-Signature-256': hmac('sha256', secret, body),
    },
  };
};

/**
 * Sends as github.com does: https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers. The samples
 * are the published examples of every event.
 */
export const githubSender: Sender = {
  provider: 'github',
  signatureHeaders: ['X-Hub-Signature', 'X-Hub-Signature-256'],
  proves: () => ({ body: true, time: false }),
  samples: () => loadExamples().flatMap(({ name, examples }) => examples.map(toSample(name))),
  sign,
};
