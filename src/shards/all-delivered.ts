import type { Delivered } from '../outbox/drain/delivered-copies.js';

/** What has been delivered as any account remembers it; what is new is remembered by the account's own. */
export const allDelivered = (own: Delivered, all: readonly Delivered[]): Delivered =>
  all.length === 1
    ? own
    : {
        has: (queue, messageId) => all.some((one) => one.has(queue, messageId)),
        ready: async (timeoutMs) => {
          await Promise.all(all.map((one) => one.ready(timeoutMs)));
        },
        remember: (copies, timeoutMs) => own.remember(copies, timeoutMs),
      };
