import { randomUUID } from 'node:crypto';
import { type Corruption, corruptDelivery } from '../../senders/corrupt-delivery.js';
import { type PostOutcome, postDelivery } from '../../senders/post-delivery.js';
import type { Sender, SignedDelivery } from '../../senders/sender.js';
import { defaultPorts } from '../../stack/ports.js';
import { CommandError } from '../terminal/command-error.js';
import type { LabelledSample } from './choose-samples.js';
import { secretFor, webhookUrl } from './webhook-url.js';

/** What the user said of how to send. */
export interface SendingValues {
  readonly url?: string | undefined;
  readonly secret?: string | undefined;
  readonly corrupt?: string | undefined;
  readonly delivery?: string | undefined;
  readonly form?: boolean | undefined;
}

const answerTimeoutMs = 60_000;

/** Senders allow no more than a few minutes. */
const staleAgeMs = 3_600_000;

const readCorruption = (
  value: string | undefined,
  sender: Sender,
  secret: string,
): Corruption | 'timestamp' | undefined => {
  if (value === undefined || value === 'signature') return value;
  if (value !== 'body' && value !== 'timestamp')
    throw new CommandError(`--corrupt "${value}" is no "signature", "body" or "timestamp"`);
  const proves = sender.proves(secret);
  if (value === 'body' ? proves.body : proves.time) return value;
  const reason = value === 'body' ? 'does not sign its body' : 'does not say when it signed';
  throw new CommandError(`${sender.provider} ${reason}, so that nobody could tell`);
};

const howToReach = ({ url }: SendingValues): string =>
  url === undefined ? 'Start the local stack in another terminal: npm start' : 'Check --url, and that its server runs';

/** A delivery as it was posted. */
export interface Posted {
  readonly deliveryId: string;
  readonly sample: LabelledSample['sample'];
  readonly url: URL;
  readonly sent: SignedDelivery;
  readonly outcome: PostOutcome;
}

export interface Delivering {
  readonly sender: Sender;
  readonly values: SendingValues;
  /** Where to, when `--url` does not say. */
  readonly hostUrl: string | undefined;
  /** The sender's on this machine. */
  readonly localSecret: string;
  /** Called for each delivery that was posted, whatever came back. */
  readonly onPosted?: ((posted: Posted) => Promise<void>) | undefined;
}

type Deliver = (item: LabelledSample) => Promise<PostOutcome>;

/** Signs and posts one sample as `sender` would. Throws `CommandError` when nothing listens, or nobody could tell the corruption. */
export const deliverer = ({ sender, values, hostUrl, localSecret, onPosted }: Delivering): Deliver => {
  const url = webhookUrl(values.url ?? hostUrl ?? `http://127.0.0.1:${defaultPorts.host}`, sender.provider);
  const secret = secretFor(url, values.secret, localSecret);
  const corruption = readCorruption(values.corrupt, sender, secret);
  return async ({ sample }) => {
    const deliveryId = values.delivery ?? randomUUID();
    const nowMs = Date.now() - (corruption === 'timestamp' ? staleAgeMs : 0);
    const signed = sender.sign({ sample, deliveryId, secret, form: values.form === true, nowMs });
    const isChanged = corruption === 'signature' || corruption === 'body';
    const sent = isChanged ? corruptDelivery(signed, sender, corruption) : signed;
    const outcome = await postDelivery(url, sent, answerTimeoutMs);
    await onPosted?.({ deliveryId, sample, url, sent, outcome });
    if (outcome.kind === 'unanswered' && outcome.reason === 'ECONNREFUSED')
      throw new CommandError(`Nothing listens on ${url.origin}`, howToReach(values));
    return outcome;
  };
};
