/**
 * Entries that end in the order in which they were last set: true as long as all live equally long. So the first entry
 * is always the next to end, and finding it costs nothing.
 */
export class ExpiringMap<V extends { readonly untilMs: number }> {
  readonly #entries = new Map<string, V>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }

  /** When the next entry ends. */
  nextEndMs(): number | undefined {
    for (const { untilMs } of this.#entries.values()) return untilMs;
    return undefined;
  }

  /** Takes out and gives every entry that has ended by `nowMs`. */
  takeEnded(nowMs: number): readonly V[] {
    const ended: V[] = [];
    for (const [key, value] of this.#entries) {
      if (value.untilMs > nowMs) break;
      this.#entries.delete(key);
      ended.push(value);
    }
    return ended;
  }
}
