/** The message ids of the duplicate detection window, oldest first. A window of zero remembers nothing. */
export class DuplicateHistory {
  readonly #windowMs: number;
  readonly #seenAtMs = new Map<string, number>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  remember(messageId: string, atMs: number): void {
    if (this.#windowMs <= 0) return;
    const seenAtMs = this.#seenAtMs.get(messageId);
    if (seenAtMs !== undefined && seenAtMs >= atMs) return;
    this.#seenAtMs.delete(messageId);
    this.#seenAtMs.set(messageId, atMs);
  }

  /** Whether `messageId` was seen less than a window ago. Forgets what is older. */
  has(messageId: string, nowMs: number): boolean {
    for (const [oldest, atMs] of this.#seenAtMs) {
      if (nowMs - atMs < this.#windowMs) break;
      this.#seenAtMs.delete(oldest);
    }
    return this.#seenAtMs.has(messageId);
  }

  /** As if a window had passed. */
  clear(): void {
    this.#seenAtMs.clear();
  }

  entries(): IterableIterator<[string, number]> {
    return this.#seenAtMs.entries();
  }
}
