import { type Bot, burstQueueOf, type Coalesce } from '../routing/bot.js';
import type { EventQueue } from '../routing/event-queue.js';
import type { Clock } from '../time/clock.js';

/** A bot that gets one message for a burst of a session. */
export type CoalescingBot = Bot & { readonly coalesce: Coalesce };

export const isCoalescing = (bot: Bot): bot is CoalescingBot => bot.coalesce !== undefined;

/**
 * Sends what is for a coalescing bot to its burst queue, scheduled to become due when its quiet time is over: one send, as for every other
 * bot, whose queue notices nothing. Without a coalescing bot it is the queue that was given.
 */
export const coalescingQueue = (queue: EventQueue, bots: readonly Bot[], clock: Pick<Clock, 'epochMs'>): EventQueue => {
  const quietMs = new Map(bots.filter(isCoalescing).map((bot) => [bot.queue, bot.coalesce.quietSeconds * 1_000]));
  if (quietMs.size === 0) return queue;
  return {
    send: (name, message, signal) => {
      const waitMs = quietMs.get(name);
      if (waitMs === undefined || message.sessionId === undefined) return queue.send(name, message, signal);
      return queue.send(burstQueueOf(name), { ...message, dueAt: new Date(clock.epochMs() + waitMs) }, signal);
    },
  };
};
