import { eventMessageId } from '../../envelope/event-identity.js';
import { addressMessage } from '../../routing/address-message.js';
import {
  type GuardedSend,
  isHeldBack,
  type QueueFault,
  reasonOfFault,
  refusalReason,
} from '../../routing/route-event.js';
import type { OutboxRecord, OwedCopy } from '../record/outbox-record.js';
import type { CopyResult } from './apply-results.js';
import { callTimeoutMs, type DeliverPorts } from './deliver-ports.js';
import type { DrainRun } from './drain-run.js';
import { asClaimCheck, type RebuiltEvent } from './rebuild-event.js';

/** What became of each copy that was tried. */
export type Results = Map<OwedCopy, CopyResult>;

type Message = Parameters<GuardedSend>[1];
type Sent = Awaited<ReturnType<GuardedSend>>;

/** Queue errors that lie in the message itself: no repeat and no operator can cure them. */
const hopelessReasons: ReadonlySet<string> = new Set(['message-too-large', 'refused']);

const resultOf = (run: DrainRun, fault: QueueFault): CopyResult => {
  if (isHeldBack(fault)) return { kind: 'held-back' };
  if (fault.kind === 'circuit-open') run.stop('service-bus');
  if (fault.kind === 'circuit-open' || fault.kind === 'too-many-concurrent-requests') return { kind: 'left' };
  const reason = reasonOfFault(fault);
  if (refusalReason(fault) === undefined && !run.hasDelivered) return { kind: 'left' };
  return { kind: 'failed', reason, hopeless: hopelessReasons.has(reason) };
};

const isTooLarge = (sent: Sent): boolean =>
  !sent.ok && sent.error.kind === 'operation-failed' && sent.error.cause.code === 'message-too-large';

const sendMessage = async (
  { send }: DeliverPorts,
  run: DrainRun,
  { queue }: OwedCopy,
  message: Message,
): Promise<Sent> => {
  const probe = run.underWayTo(queue);
  const sent = await run.under(queue, send(queue, message, callTimeoutMs));
  if (sent.ok || !isHeldBack(sent.error) || probe === undefined) return sent;
  // A queue that is tried again after its cool-down is tried with one message; what came beside that one waits for how it ends.
  await probe;
  return send(queue, message, callTimeoutMs);
};

/** What has arrived already is not sent again. A queue that takes no message of this size gets a claim check. */
const sendCopy = async (
  ports: DeliverPorts,
  run: DrainRun,
  { record, event }: EventToSend,
  delivery: OwedCopy,
): Promise<CopyResult> => {
  const messageId = eventMessageId({ ...record.attributes, sha256: record.payload.sha256 });
  if (ports.delivered.has(delivery.queue, messageId)) return { kind: 'delivered' };
  const whole = await sendMessage(ports, run, delivery, addressMessage(event, delivery));
  const mayShrink = isTooLarge(whole) && record.payload.travels !== 'claim-check';
  const sent = mayShrink
    ? await sendMessage(ports, run, delivery, addressMessage(asClaimCheck(record), delivery))
    : whole;
  if (!sent.ok) return resultOf(run, sent.error);
  run.delivered();
  return { kind: 'delivered' };
};

export interface EventToSend {
  readonly record: OutboxRecord;
  readonly event: Extract<RebuiltEvent, { kind: 'rebuilt' }>['event'];
}

/** Side by side; one after the other while the breaker is only probing. */
export const sendCopies = async (
  ports: DeliverPorts,
  run: DrainRun,
  event: EventToSend,
  due: readonly OwedCopy[],
): Promise<Results> => {
  const results: Results = new Map();
  const one = async (delivery: OwedCopy): Promise<void> => {
    const result = await sendCopy(ports, run, event, delivery);
    results.set(delivery, result);
    if (result.kind === 'failed') run.failed(delivery);
    if (result.kind === 'held-back') run.leave(delivery.queue);
  };
  if (ports.serviceBus.isHealthy) {
    await Promise.all(due.map(one));
    return results;
  }
  for (const delivery of due) if (!run.stopped) await one(delivery);
  return results;
};
