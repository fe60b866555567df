import { setTimeout as sleep } from 'node:timers/promises';
import { githubSender } from '../../../local/senders/github-sender.js';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import type { Sample, SignedDelivery } from '../../../local/senders/sender.js';
import type { DeliveryBook } from '../books/delivery-book.js';
import type { PlannedDelivery } from '../plan/availability-plan.js';
import { githubSample } from '../plan/github-sample.js';
import type { Front } from './front.js';
import type { SenderHistory } from './sender-history.js';

export interface Sending {
  readonly front: Front;
  readonly book: DeliveryBook;
  /** Absent: nobody is asked for what did not arrive. */
  readonly history?: SenderHistory;
}

const sign = (sample: Sample, deliveryId: string): SignedDelivery =>
  githubSender.sign({
    sample,
    deliveryId,
    secret: localSecretOf('github').signing,
    form: false,
    nowMs: Date.now(),
  });

interface Post {
  readonly delivery: PlannedDelivery;
  readonly sample: Sample;
  readonly signed: SignedDelivery;
}

const sendTo = async ({ front, book, history }: Sending, { delivery, sample, signed }: Post): Promise<void> => {
  const sent = book.send(delivery, signed.body);
  const answer = await front.post(signed);
  sent.answered(answer);
  await history?.record(signed, sample, delivery.id, answer);
};

export interface OpenLoop {
  readonly sides: readonly Sending[];
  readonly deliveries: readonly PlannedDelivery[];
  readonly stopped: AbortSignal;
  /** Called before each delivery with the number of those sent. */
  readonly onSent: (sent: number) => void;
}

/** Sends every delivery at its time, to each side in the same moment; resolves when the last answer is there. */
export const sendDeliveries = async ({ sides, deliveries, stopped, onSent }: OpenLoop): Promise<void> => {
  const startedAt = performance.now();
  const underway: Promise<void>[] = [];
  for (const [index, delivery] of deliveries.entries()) {
    const waitMs = delivery.atMs - (performance.now() - startedAt);
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: stopped }).catch(() => {});
    if (stopped.aborted) break;
    onSent(index + 1);
    const sample = githubSample(delivery);
    const post = { delivery, sample, signed: sign(sample, delivery.id) };
    underway.push(...sides.map((side) => sendTo(side, post)));
  }
  await Promise.all(underway);
};
