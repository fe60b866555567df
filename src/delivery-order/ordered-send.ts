import * as z from 'zod';
import { placed } from '../outbox/backlog/archive-backlog.js';
import { type Delivered, shareOfKnowing } from '../outbox/record/delivered-copies.js';
import { newOwedCopySchema } from '../outbox/record/new-record.js';
import { laneOf, lanesOf } from '../routing/address-message.js';
import { archiveBacklogQueue, type QueueMessage } from '../routing/event-queue.js';
import { QueueError } from '../routing/queue-error.js';
import type { GuardedSend } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import type { OwedLanes } from './owed-lanes.js';

/** A send that takes longer than this may be about to fail: later ones wait for its result. */
const slowMs = 200;

interface Sending {
  readonly beganMs: number;
  readonly ended: Promise<unknown>;
}

/** The sends in progress, by lane. */
class SendsUnderWay {
  readonly #byLane = new Map<string, Set<Sending>>();

  add(lane: string, sending: Sending): void {
    const sends = this.#byLane.get(lane);
    if (sends === undefined) this.#byLane.set(lane, new Set([sending]));
    else sends.add(sending);
  }

  remove(lane: string, sending: Sending): void {
    const sends = this.#byLane.get(lane);
    sends?.delete(sending);
    if (sends?.size === 0) this.#byLane.delete(lane);
  }

  /** Resolves when the slow sends of a lane have ended; `undefined` when there are none. */
  slow(lane: string, nowMs: number): Promise<unknown> | undefined {
    const sends = this.#byLane.get(lane);
    if (sends === undefined) return undefined;
    const slow = [...sends].filter(({ beganMs }) => nowMs - beganMs >= slowMs);
    return slow.length === 0 ? undefined : Promise.allSettled(slow.map(({ ended }) => ended));
  }
}

export interface OrderedSendPorts {
  readonly lanes: OwedLanes;
  /** The breaker of the namespace that a message goes to, for reading only. */
  readonly serviceBusFor: (queue: string, message: Destined) => { readonly retryAfterMs: number };
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** What decides where a message goes. */
type Destined = Pick<QueueMessage, 'messageId'> & { readonly sessionId?: string | undefined };

type Sent = Awaited<ReturnType<GuardedSend>>;

const breaker = 'service-bus';

const owedCopiesSchema = z.array(newOwedCopySchema);

const owedIn = ({ applicationProperties }: QueueMessage) => {
  const { owed } = applicationProperties;
  return owed === undefined ? [] : owedCopiesSchema.parse(JSON.parse(owed));
};

/** Not tried: an older copy of its lane has not arrived yet. While Service Bus is not to be called, that is what is said. */
const keptBack = ({ serviceBusFor }: OrderedSendPorts, queue: string, message: QueueMessage): Sent => {
  const { retryAfterMs } = serviceBusFor(queue, message);
  if (retryAfterMs > 0) return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs } };
  const cause = new QueueError('behind-owed', 'An older message of its session is still owed');
  return { ok: false, error: { kind: 'operation-failed', breaker, cause } };
};

/**
 * Sends nothing past what its queue and session are still owed: such a copy fails with `behind-owed` and is written down behind
 * it. A copy whose elders are slow in being sent waits to see what becomes of them. What has no session passes at once. Given what was
 * delivered, a copy that the outbox has delivered already is answered as sent.
 */
export const orderedSend = (send: GuardedSend, ports: OrderedSendPorts, delivered?: Delivered): GuardedSend => {
  const { lanes, clock } = ports;
  const underWay = new SendsUnderWay();

  const sendInLane = async (lane: string, ...[queue, message, timeoutMs]: Parameters<GuardedSend>): Promise<Sent> => {
    lanes.begun(lane, message.messageId);
    const untilMs = clock.monotonicMs() + timeoutMs;
    const known = lanes.known(lane, timeoutMs * shareOfKnowing);
    if (known !== undefined) await known;
    const slow = underWay.slow(lane, clock.monotonicMs());
    if (slow !== undefined) await lanes.wait(slow, Math.max(1, untilMs - clock.monotonicMs()));
    if (lanes.isOwed(lane, message.messageId)) {
      lanes.failed(lane, message.messageId);
      return keptBack(ports, queue, message);
    }
    const beganMs = clock.monotonicMs();
    const ended = send(queue, message, Math.max(1, untilMs - beganMs));
    const sending = { beganMs, ended };
    underWay.add(lane, sending);
    try {
      const sent = await ended;
      if (sent.ok) lanes.arrived(lane, message.messageId);
      else lanes.failed(lane, message.messageId);
      return sent;
    } finally {
      underWay.remove(lane, sending);
    }
  };

  /** What it owes comes behind all that its lanes owe now, whatever the clocks of the instances say. */
  const sendToBacklog = async (message: QueueMessage, timeoutMs: number): Promise<Sent> => {
    const { time = '', messageid: messageId = message.messageId } = message.applicationProperties;
    const copies = owedIn(message).map((copy) => ({ ...copy, messageId }));
    const all = lanesOf(copies);
    const orderedAt = lanes.orderedAt(all, time);
    const behind = placed(message, { orderedAt, behindBacklog: lanes.waitInBacklog(all) });
    const sent = await send(archiveBacklogQueue, behind, timeoutMs);
    if (sent.ok) lanes.backlogged(copies, orderedAt ?? time);
    return sent;
  };

  return async (queue, message, timeoutMs) => {
    const { messageId, sessionId } = message;
    const lane = laneOf({ queue, sessionId });
    if (delivered !== undefined) {
      // Both looks begin at once: a process that knows nothing yet waits for storage once, not twice.
      if (lane !== undefined) lanes.startLook(lane);
      const ready = delivered.ready(timeoutMs * shareOfKnowing);
      if (ready !== undefined) await ready;
      if (delivered.has(queue, messageId)) return { ok: true, value: undefined };
    }
    if (lane !== undefined) return sendInLane(lane, queue, message, timeoutMs);
    return queue === archiveBacklogQueue ? sendToBacklog(message, timeoutMs) : send(queue, message, timeoutMs);
  };
};
