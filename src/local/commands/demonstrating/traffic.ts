import { createHash, randomUUID } from 'node:crypto';
import type { Attempt } from '../../ledger/accounts.js';
import { corruptDelivery } from '../../senders/corrupt-delivery.js';
import { githubSender } from '../../senders/github-sender.js';
import { type PostOutcome, postDelivery } from '../../senders/post-delivery.js';
import { localWebhookSecret } from '../../stack/local-secrets.js';
import type { Part } from './cast.js';

/** What has been sent so far, and how it was answered. */
export interface Traffic {
  readonly attempts: readonly Attempt[];
  /** How often each answer has been given, by a short name of it, since this was last asked. */
  takeAnswers(): ReadonlyMap<string, number>;
  /** Sends no more, and resolves when every answer is in. */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  readonly hostUrl: string;
  readonly parts: readonly Part[];
  readonly everyMs: number;
}

/** Every so many events one comes a second time, as GitHub's "Redeliver" sends it, and one is forged. */
const redeliverEvery = 8;
const forgeEvery = 16;

const answerTimeoutMs = 30_000;

const nameOf = (outcome: PostOutcome): string => {
  if (outcome.kind === 'unanswered') return outcome.reason;
  if (outcome.status !== 202) return `${outcome.status} refused`;
  const { status, archived } = JSON.parse(outcome.text);
  return `202 ${status}${archived === true ? '' : ', not archived yet'}`;
};

interface Delivery {
  readonly id: string;
  readonly part: Part;
  readonly genuine: boolean;
}

/** Sends published samples one after the other, whatever becomes of those before: a sender does not wait. */
export const startTraffic = ({ hostUrl, parts, everyMs }: TrafficOptions): Traffic => {
  const url = new URL('/api/webhooks/github', hostUrl);
  const attempts: Attempt[] = [];
  const running = new Set<Promise<void>>();
  let answers = new Map<string, number>();
  let sent = 0;

  const deliver = async ({ id, part, genuine }: Delivery): Promise<void> => {
    const toSign = { sample: part.sample, deliveryId: id, secret: localWebhookSecret, form: false, nowMs: Date.now() };
    const signed = githubSender.sign(toSign);
    const request = genuine ? signed : corruptDelivery(signed, githubSender, 'signature');
    const outcome = await postDelivery(url, request, answerTimeoutMs);
    const accepted = outcome.kind === 'answered' && outcome.status < 300;
    const sha256 = createHash('sha256').update(part.sample.body).digest('hex');
    attempts.push({ id, sha256, genuine, accepted, wantedBy: part.wantedBy });
    answers.set(nameOf(outcome), (answers.get(nameOf(outcome)) ?? 0) + 1);
  };

  const begin = (delivery: Delivery): Promise<void> => {
    const work: Promise<void> = deliver(delivery).finally(() => running.delete(work));
    running.add(work);
    return work;
  };

  const sendNext = (): void => {
    const part = parts[sent % parts.length];
    if (part === undefined) return;
    sent += 1;
    const delivery = { id: randomUUID(), part, genuine: sent % forgeEvery !== 0 };
    const first = begin(delivery);
    if (delivery.genuine && sent % redeliverEvery === 0) void first.then(() => begin(delivery));
  };

  const timer = setInterval(sendNext, everyMs);
  return {
    attempts,
    takeAnswers() {
      const taken = answers;
      answers = new Map();
      return taken;
    },
    async stop() {
      clearInterval(timer);
      while (running.size > 0) await Promise.all(running);
    },
  };
};
