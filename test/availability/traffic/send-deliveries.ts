import { setTimeout as sleep } from 'node:timers/promises';
import { githubSender } from '../../../local/senders/github-sender.js';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import type { DeliveryBook } from '../books/delivery-book.js';
import type { PlannedDelivery } from '../plan/availability-plan.js';
import { githubSample } from '../plan/github-sample.js';
import type { Front } from './front.js';

export interface Sending {
  readonly front: Front;
  readonly book: DeliveryBook;
}

const sign = (delivery: PlannedDelivery): SignedDelivery =>
  githubSender.sign({
    sample: githubSample(delivery),
    deliveryId: delivery.id,
    secret: localSecretOf('github').signing,
    form: false,
    nowMs: Date.now(),
  });

const sendTo = async ({ front, book }: Sending, delivery: PlannedDelivery, signed: SignedDelivery): Promise<void> => {
  const sent = book.send(delivery, signed.body);
  sent.answered(await front.post(signed));
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
    const signed = sign(delivery);
    underway.push(...sides.map((side) => sendTo(side, delivery, signed)));
  }
  await Promise.all(underway);
};
