import type { Clock } from '../time/clock.js';
import type { EventQueue } from './event-queue.js';
import { QueueError } from './queue-error.js';

/** So many different queues that refuse our identity, with none that took a message in between, are the whole service. */
const severalQueues = 2;
/** For so long a refusal counts together with those of other queues. */
const windowMs = 60_000;

/**
 * Says whose fault a refused identity is. Roles are given queue by queue: a queue that refuses us while no other does is one bot's
 * trouble (`queue-unauthorized`). When several do, it is the service (`unauthorized`).
 */
export const attributedRefusals = (
  { send }: EventQueue,
  { clock }: { readonly clock: Pick<Clock, 'monotonicMs'> },
): EventQueue => {
  const refusedAtMs = new Map<string, number>();

  const attribute = (queue: string, refusal: QueueError): QueueError => {
    const nowMs = clock.monotonicMs();
    refusedAtMs.set(queue, nowMs);
    for (const [name, atMs] of refusedAtMs) if (nowMs - atMs >= windowMs) refusedAtMs.delete(name);
    if (refusedAtMs.size >= severalQueues) return refusal;
    return new QueueError('queue-unauthorized', 'The queue refuses our identity', { cause: refusal });
  };

  return {
    async send(queue, message, signal) {
      try {
        await send(queue, message, signal);
        refusedAtMs.clear();
      } catch (thrown) {
        throw thrown instanceof QueueError && thrown.code === 'unauthorized' ? attribute(queue, thrown) : thrown;
      }
    },
  };
};
