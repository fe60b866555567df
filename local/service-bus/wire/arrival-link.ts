import type { Delivery, Receiver } from 'rhea';

/** What a client's sending link brings: one encoded message, and the transfer's message format. */
export interface Arrival {
  readonly raw: Buffer;
  readonly format: number;
  readonly delivery: Delivery;
}

interface ArrivalContext {
  readonly message?: unknown;
  readonly format?: number;
  readonly delivery?: Delivery;
}

const creditWindow = 1000;

/** Hears what a client sends on `link` and keeps it in credit: 1000 messages, as Service Bus grants. */
export function receiveArrivals(link: Receiver, onArrival: (arrival: Arrival) => void): void {
  let used = 0;
  link.add_credit(creditWindow);
  link.on('message', ({ message: raw, format = 0, delivery }: ArrivalContext) => {
    used += 1;
    if (used >= creditWindow / 4) {
      link.add_credit(used);
      used = 0;
    }
    if (Buffer.isBuffer(raw) && delivery !== undefined) onArrival({ raw, format, delivery });
  });
}
