/** Enough for every bot; above it the sender unused longest makes room. */
const maxSenders = 200;

interface Closable {
  close(): Promise<void>;
}

interface CachedSender<S> {
  readonly sender: S;
  inUse: number;
  retired: boolean;
}

/** The right to use a cached sender until `release`. */
export interface SenderLease<S> {
  readonly sender: S;
  /** Nobody gets this sender any more; it closes when its last user releases it. */
  retire(): void;
  release(): void;
}

/** One open sender per queue, reused by every send; a retired one never fails the sends that still run on it. */
export class SenderCache<S extends Closable> {
  readonly #byQueue = new Map<string, CachedSender<S>>();

  lease(queue: string, create: () => S): SenderLease<S> {
    const cached = this.#byQueue.get(queue) ?? { sender: create(), inUse: 0, retired: false };
    this.#byQueue.delete(queue);
    this.#byQueue.set(queue, cached);
    cached.inUse += 1;
    this.#makeRoom();
    return {
      sender: cached.sender,
      retire: () => this.#retire(queue, cached),
      release: () => {
        cached.inUse -= 1;
        closeWhenUnused(cached);
      },
    };
  }

  /** Retires every sender. */
  clear(): void {
    for (const [queue, cached] of [...this.#byQueue]) this.#retire(queue, cached);
  }

  #makeRoom(): void {
    const [oldest] = this.#byQueue;
    if (this.#byQueue.size > maxSenders && oldest !== undefined) this.#retire(...oldest);
  }

  #retire(queue: string, cached: CachedSender<S>): void {
    if (this.#byQueue.get(queue) === cached) this.#byQueue.delete(queue);
    if (cached.retired) return;
    cached.retired = true;
    closeWhenUnused(cached);
  }
}

/** Closing a link that hangs can take a minute and can fail; neither is the business of whoever sends next. */
const closeWhenUnused = ({ sender, inUse, retired }: CachedSender<Closable>): void => {
  if (retired && inUse === 0) sender.close().catch(() => {});
};
