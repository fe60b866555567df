import { describe, expect, it } from 'vitest';
import { corruptDelivery } from '../../../local/senders/corrupt-delivery.js';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import type { Sample, Sender, SignedDelivery } from '../../../local/senders/sender.js';
import { senders } from '../../../local/senders/senders.js';
import { webhookSecretName } from '../../../src/secrets/secrets.js';
import { answerTo } from '../../support/answer-to.js';
import { createMemoryApp, type MemoryApp } from '../../support/memory-app.js';
import { postWebhook, type Reply } from '../../support/post-webhook.js';

const marker = 'marker-of-what-is-hidden';

const objectStart = /^(\[?\s*\{)(?!\s*\})/;

/** The same payload, JSON or a form, in which the marker stands. */
const marked = (sample: Sample): Sample => {
  const text = sample.body.toString();
  const body = /^[[{]/.test(text)
    ? text.replace(objectStart, `$1"${marker}":"${marker}",`)
    : `${text}&${marker}=${marker}`;
  return { ...sample, body: Buffer.from(body) };
};

const create = (provider: string): MemoryApp => {
  const { stored } = localSecretOf(provider);
  const setting = `WEBHOOK_SECRET_${provider.replaceAll('-', '_').toUpperCase()}`;
  const memory = createMemoryApp({ environment: { PROVIDERS: provider, [setting]: stored } });
  memory.secrets.set(webhookSecretName(provider), stored);
  return memory;
};

const signed = ({ clock }: MemoryApp, sender: Sender, sample: Sample): SignedDelivery =>
  sender.sign({
    sample: marked(sample),
    deliveryId: 'delivery-1',
    secret: localSecretOf(sender.provider).signing,
    form: false,
    nowMs: clock.epochMs(),
  });

const post = (memory: MemoryApp, { provider }: Sender, { headers, body }: SignedDelivery): Promise<Reply> =>
  postWebhook(memory.app.receiveWebhook, { provider, headers: { ...headers, 'x-of-somebody': marker }, body });

const hiddenOf = (sender: Sender, { headers }: SignedDelivery): readonly string[] => {
  const { stored, signing } = localSecretOf(sender.provider);
  return [marker, stored, signing, ...sender.signatureHeaders.flatMap((name) => headers[name] ?? [])];
};

const told = ({ lines, telemetry }: MemoryApp): string => JSON.stringify([lines, telemetry.items]);

/** Each way that a delivery can end, by what is done to it or to what it needs. */
const endings: Readonly<Record<string, (memory: MemoryApp, sender: Sender, signed: SignedDelivery) => Promise<Reply>>> =
  {
    'as it was signed': post,
    'with another signature': (memory, sender, delivery) =>
      post(memory, sender, corruptDelivery(delivery, sender, 'signature')),
    'without its signature': (memory, sender, { headers, body }) =>
      post(memory, sender, {
        headers: Object.fromEntries(
          Object.entries(headers).filter(([name]) => !sender.signatureHeaders.includes(name)),
        ),
        body,
      }),
    'of a content type that it never sends': (memory, sender, { headers, body }) =>
      post(memory, sender, { headers: { ...headers, 'content-type': `text/${marker}` }, body }),
    'to a provider that is not on': (memory, sender, delivery) =>
      post(memory, { ...sender, provider: 'nobody' }, delivery),
    'while storage fails': (memory, sender, delivery) => {
      memory.archive.setFault({ kind: 'error', code: 'unavailable' });
      return post(memory, sender, delivery);
    },
    'while storage and Service Bus fail': async (memory, sender, delivery) => {
      memory.archive.setFault({ kind: 'error', code: 'unavailable' });
      memory.queue.setFault({ kind: 'error', code: 'unavailable' });
      for (let time = 1; time < 5; time += 1) await answerTo(memory, post(memory, sender, delivery));
      return answerTo(memory, post(memory, sender, delivery));
    },
    'while Key Vault fails': (memory, sender, delivery) => {
      memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });
      return post(memory, sender, delivery);
    },
  };

describe.each(senders)('$provider', (sender) => {
  const samples = sender.samples().slice(0, 12);

  it.each(Object.entries(endings))('nothing hidden is told of a delivery %s', async (_how, deliver) => {
    for (const sample of samples) {
      const memory = create(sender.provider);
      const delivery = signed(memory, sender, sample);

      await deliver(memory, sender, delivery);
      await memory.drain();

      expect(memory.lines.length).toBeGreaterThan(0);
      for (const hidden of hiddenOf(sender, delivery)) expect(told(memory)).not.toContain(hidden);
    }
  });

  it('a marked delivery is taken, so that the tests above look at what they mean', async () => {
    const memory = create(sender.provider);
    const [sample] = samples;
    if (sample === undefined) throw new Error('no sample');
    const delivery = signed(memory, sender, sample);

    const reply = await post(memory, sender, delivery);

    expect(reply.status).toBeLessThan(300);
    expect(delivery.body.toString()).toContain(marker);
  });
});
