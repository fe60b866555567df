import type { PostOutcome } from './post-delivery.js';

/** One delivery of many, and what became of it. */
export interface SentDelivery<T> {
  readonly item: T;
  readonly outcome: PostOutcome;
}

export interface SendAllOptions<T> {
  readonly items: readonly T[];
  /** How many are on their way at once; 1 keeps their order. */
  readonly concurrency: number;
  readonly send: (item: T) => Promise<PostOutcome>;
  readonly onSent: (done: number, item: T) => void;
}

/** Sends everything, `concurrency` at a time, and answers the outcomes in the order of the items. */
export const sendAll = async <T>({
  items,
  concurrency,
  send,
  onSent,
}: SendAllOptions<T>): Promise<readonly SentDelivery<T>[]> => {
  const sent: SentDelivery<T>[] = [];
  const waiting = items.entries();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      sent[index] = { item, outcome: await send(item) };
      done += 1;
      onSent(done, item);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return sent;
};
