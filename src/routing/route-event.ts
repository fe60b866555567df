import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';
import type { Classify, GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import { buildMessage, type EncodedEvent } from './address-message.js';
import type { Bot } from './bot.js';
import { queueFaultReason } from './classify-queue-error.js';
import type { EventQueue, QueueMessage } from './event-queue.js';
import { QueueError, type QueueErrorCode } from './queue-error.js';

/** When so many queues refuse our identity, and none accepts a message in between, the whole service is at fault. */
const severalQueues = 2;
/** How long a refusal counts together with those of other queues. */
const windowMs = 60_000;

/**
 * Decides whose fault a refused identity is. Roles are assigned per queue: a queue that refuses us while no other does is one bot's
 * problem (`queue-unauthorized`). When several do, it is the service's (`unauthorized`).
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

export type QueueFault = CircuitBreakerError<QueueError>;

/** What became of one bot's copy. `owed`: the service's fault, try again; `refused`: the operator's (queue missing, full). */
export type BotRoute =
  | { readonly kind: 'routed'; readonly bot: Bot }
  | { readonly kind: 'owed'; readonly bot: Bot; readonly fault: QueueFault }
  | { readonly kind: 'refused'; readonly bot: Bot; readonly reason: QueueErrorCode };

/** Sends one message to one queue through the Service Bus breaker; `timeoutMs` is the caller's share of its budget. */
export type GuardedSend = (
  queue: string,
  message: QueueMessage,
  timeoutMs: number,
) => ReturnType<GuardedCall<void, QueueError>['call']>;

/** Puts the breaker before the queue: the queue does not know about it. */
export const guardedSend =
  (queue: EventQueue, breaker: GuardedCall<void, QueueError>): GuardedSend =>
  (name, message, timeoutMs) =>
    breaker.call((signal) => queue.send(name, message, signal), { timeoutMs });

/** A breaker refused the call. */
export const isOpen = (fault: QueueFault): boolean =>
  fault.kind === 'circuit-open' || fault.kind === 'too-many-concurrent-requests';

const operatorFaults: ReadonlySet<QueueErrorCode> = new Set([
  'queue-missing',
  'queue-disabled',
  'queue-full',
  'queue-unauthorized',
  'message-too-large',
  'refused',
  'behind-owed',
]);

/** The reason when the fault lies with one queue or one message, so that waiting for the service would not help. */
export const refusalReason = (fault: QueueFault): QueueErrorCode | undefined =>
  fault.kind === 'operation-failed' && operatorFaults.has(fault.cause.code) ? fault.cause.code : undefined;

/** Why a copy did not reach its queue, in one stable word: the queue error's code where there is one. */
export const reasonOfFault = (fault: QueueFault): string =>
  fault.kind === 'operation-failed' ? fault.cause.code : fault.kind;

/** Sends the event to one bot. */
export const routeToBot = async (
  send: GuardedSend,
  event: EncodedEvent,
  { bot, timeoutMs }: { readonly bot: Bot; readonly timeoutMs: number },
): Promise<BotRoute> => {
  const result = await send(bot.queue, buildMessage(event, bot), timeoutMs);
  if (result.ok) return { kind: 'routed', bot };
  const reason = refusalReason(result.error);
  return reason === undefined ? { kind: 'owed', bot, fault: result.error } : { kind: 'refused', bot, reason };
};

/** Sends the event to every bot at once, one answer for each; one bot's trouble never delays or stops another's copy. */
export const routeToEach = (
  send: GuardedSend,
  event: EncodedEvent,
  bots: readonly Bot[],
  timeoutMs: number,
): readonly Promise<BotRoute>[] => bots.map((bot) => routeToBot(send, event, { bot, timeoutMs }));

/** Likewise, and waits for all of them. */
export const routeEvent = (...asked: Parameters<typeof routeToEach>): Promise<readonly BotRoute[]> =>
  Promise.all(routeToEach(...asked));

/** A queue's own breaker, inside the namespace's: it has no deadline of its own, and one success is proof enough. */
export const queueBreakerOptions = {
  failureThreshold: 3,
  windowMs: 60_000,
  coolDownMs: 30_000,
  successThreshold: 1,
  operationTimeoutMs: Number.POSITIVE_INFINITY,
  halfOpenMaxConcurrent: 1,
} as const satisfies CircuitBreakerOptions;

/** The name of a queue's own breaker, beside `service-bus`. */
export const queueBreakerName = (queue: string): string => `queue:${queue}`;

/** Whether a queue's own breaker answered instead of the queue, with the error that it remembers. */
export const isHeldBack = ({ breaker }: QueueFault): boolean => breaker.startsWith(queueBreakerName(''));

/** How a failed send passes through the queue's breaker. */
class SendFailed extends Error {
  override readonly name = 'SendFailed';
  readonly fault: QueueFault;

  constructor(fault: QueueFault) {
    super('A send failed');
    this.fault = fault;
  }
}

const throwFault = (sent: CallResult<void, QueueError>): void => {
  if (!sent.ok) throw new SendFailed(sent.error);
};

const faultsOfTheQueue: ReadonlySet<QueueErrorCode> = new Set([
  'queue-missing',
  'queue-disabled',
  'queue-full',
  'queue-unauthorized',
]);

const queueErrorOf = (fault: QueueFault): QueueError | undefined =>
  fault.kind === 'operation-failed' && faultsOfTheQueue.has(fault.cause.code) ? fault.cause : undefined;

/** Only what is wrong with this very queue counts: the namespace's faults are its own breaker's business. */
export const classifyQueueFault: Classify<QueueFault> = (thrown) => {
  if (!(thrown instanceof SendFailed))
    return { verdict: 'ignored', error: { kind: 'internal', breaker: '', cause: thrown, classifierError: undefined } };
  const own = queueErrorOf(thrown.fault);
  if (own === undefined) return { verdict: 'ignored', error: thrown.fault };
  return { verdict: 'failure', error: thrown.fault, reason: queueFaultReason(own) };
};

export interface QueueBreakers {
  get(queue: string): CircuitBreaker<void, QueueFault>;
}

interface Sending {
  readonly timeoutMs: number;
  readonly ended: Promise<unknown>;
}

/**
 * Protects a queue that is repeatedly missing, disabled, full or closed to us: while its breaker is open, a send fails at once
 * with the error that opened it, without a call to the namespace. Other queues are not affected. A probe by a caller with little time may end
 * without an answer: one with more than twice that time waits for its end, and is the next probe.
 */
export const isolatedSend = (send: GuardedSend, breakers: QueueBreakers): GuardedSend => {
  const lastErrors = new WeakMap<CircuitBreaker<void, QueueFault>, QueueError>();
  const latest = new WeakMap<CircuitBreaker<void, QueueFault>, Sending>();

  const sendThrough = (
    breaker: CircuitBreaker<void, QueueFault>,
    ...[queue, message, timeoutMs]: Parameters<GuardedSend>
  ): Promise<CallResult<void, QueueFault>> => {
    let hasBegun = false;
    const ended = breaker.call((_signal) => {
      hasBegun = true;
      return send(queue, message, timeoutMs).then(throwFault);
    });
    if (hasBegun && !breaker.isHealthy) latest.set(breaker, { timeoutMs, ended });
    return ended;
  };

  return async (queue, message, timeoutMs): Promise<CallResult<void, QueueError>> => {
    const breaker = breakers.get(queue);
    let result = await sendThrough(breaker, queue, message, timeoutMs);
    if (result.ok) return result;
    const probe = latest.get(breaker);
    const isBesideProbe = result.error.kind === 'too-many-concurrent-requests';
    if (isBesideProbe && probe !== undefined && probe.timeoutMs * 2 < timeoutMs) {
      await probe.ended;
      result = await sendThrough(breaker, queue, message, timeoutMs - probe.timeoutMs);
    }
    if (result.ok) return result;
    const { error } = result;
    if (error.kind === 'operation-failed') {
      const own = queueErrorOf(error.cause);
      if (own !== undefined) lastErrors.set(breaker, own);
      return { ok: false, error: error.cause };
    }
    const cause = lastErrors.get(breaker);
    if (cause !== undefined) return { ok: false, error: { kind: 'operation-failed', breaker: breaker.name, cause } };
    return { ok: false, error };
  };
};
