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

/** With so many unanswered, nothing more is sent: the machine has no time for more. */
const mostUnanswered = 20;

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

interface Answered {
  readonly attempt: Attempt;
  readonly answer: string;
}

const deliver = async (url: URL, { id, part, genuine }: Delivery): Promise<Answered> => {
  const { sample, wantedBy } = part;
  const toSign = { sample, deliveryId: id, secret: localWebhookSecret, form: false, nowMs: Date.now() };
  const signed = githubSender.sign(toSign);
  const request = genuine ? signed : corruptDelivery(signed, githubSender, 'signature');
  const outcome = await postDelivery(url, request, answerTimeoutMs);
  const accepted = outcome.kind === 'answered' && outcome.status < 300;
  const sha256 = createHash('sha256').update(sample.body).digest('hex');
  return { attempt: { id, sha256, genuine, accepted, wantedBy }, answer: nameOf(outcome) };
};

class GithubTraffic implements Traffic {
  readonly attempts: Attempt[] = [];
  readonly #url: URL;
  readonly #parts: readonly Part[];
  readonly #timer: NodeJS.Timeout;
  readonly #running = new Set<Promise<void>>();
  #answers = new Map<string, number>();
  #begun = 0;

  constructor({ hostUrl, parts, everyMs }: TrafficOptions) {
    this.#url = new URL('/api/webhooks/github', hostUrl);
    this.#parts = parts;
    this.#timer = setInterval(() => this.#beginNext(), everyMs);
  }

  takeAnswers(): ReadonlyMap<string, number> {
    const taken = this.#answers;
    this.#answers = new Map();
    return taken;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #beginNext(): void {
    const part = this.#parts[this.#begun % this.#parts.length];
    if (part === undefined || this.#running.size >= mostUnanswered) return;
    this.#begun += 1;
    const delivery = { id: randomUUID(), part, genuine: this.#begun % forgeEvery !== 0 };
    const isRepeated = delivery.genuine && this.#begun % redeliverEvery === 0;
    const first = this.#begin(delivery);
    if (isRepeated) void first.then(() => this.#begin(delivery));
  }

  #begin(delivery: Delivery): Promise<void> {
    const work = this.#deliver(delivery).finally(() => this.#running.delete(work));
    this.#running.add(work);
    return work;
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const { attempt, answer } = await deliver(this.#url, delivery);
    this.attempts.push(attempt);
    this.#answers.set(answer, (this.#answers.get(answer) ?? 0) + 1);
  }
}

/** Sends published samples one after the other, whatever becomes of those before, up to a number that has no answer yet. */
export const startTraffic = (options: TrafficOptions): Traffic => new GithubTraffic(options);
