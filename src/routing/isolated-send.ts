import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';
import type { Classify } from '../circuit-breaker/guarded-call.js';
import { queueFaultReason } from './classify-queue-error.js';
import type { QueueError, QueueErrorCode } from './queue-error.js';
import type { GuardedSend, QueueFault } from './route-event.js';

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

/** Whether a queue's own breaker answered in the queue's place, with what it remembers of it. */
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
 * Leaves a queue alone that is missing, disabled, full or closed to us again and again: while its breaker is open, a send fails at once
 * with the error that opened it, without touching the namespace. Other queues notice nothing. A probe by a caller with little time may end
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
    const ended = breaker.call(async (_signal) => {
      hasBegun = true;
      const sent = await send(queue, message, timeoutMs);
      if (!sent.ok) throw new SendFailed(sent.error);
    });
    if (hasBegun && !breaker.isHealthy) latest.set(breaker, { timeoutMs, ended });
    return ended;
  };

  return async (queue, message, timeoutMs): Promise<CallResult<void, QueueError>> => {
    const breaker = breakers.get(queue);
    let result = await sendThrough(breaker, queue, message, timeoutMs);
    const probe = latest.get(breaker);
    const isBesideProbe = !result.ok && result.error.kind === 'too-many-concurrent-requests';
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
