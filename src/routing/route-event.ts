import type { CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Bot } from './bot.js';
import { buildMessage, type EncodedEvent } from './build-message.js';
import type { EventQueue, QueueMessage } from './event-queue.js';
import type { QueueError, QueueErrorCode } from './queue-error.js';

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
