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
  /** Keeps an item back until its turn has come; absent: each goes as soon as a lane is free. */
  readonly turn?: ((index: number) => Promise<void>) | undefined;
  /** No item begins after it. */
  readonly signal?: AbortSignal | undefined;
  readonly onSent: (done: number, item: T) => void;
}

/**
 * Sends everything, `concurrency` at a time, and answers the outcomes in the order of the items: of those that were sent, once `signal` has
 * ended it.
 */
export const sendAll = async <T>({
  items,
  concurrency,
  send,
  turn,
  signal,
  onSent,
}: SendAllOptions<T>): Promise<readonly SentDelivery<T>[]> => {
  const sent: SentDelivery<T>[] = [];
  const waiting = items.entries();
  let done = 0;
  const lane = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      await turn?.(index);
      if (signal?.aborted === true) return;
      sent[index] = { item, outcome: await send(item) };
      done += 1;
      onSent(done, item);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  // Without holes where none was sent.
  return sent.filter((each) => each !== undefined);
};
