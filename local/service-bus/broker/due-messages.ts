interface Due {
  readonly atMs: number;
  readonly sequenceNumber: number;
}

/** Scheduled messages by the time they become due: a binary heap, earliest first. */
export class DueMessages {
  readonly #heap: Due[] = [];

  nextMs(): number | undefined {
    return this.#heap[0]?.atMs;
  }

  add(due: Due): void {
    let index = this.#heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isEarlier(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  /** Takes out the sequence numbers of everything due by `nowMs`, earliest first; cancelled ones among them. */
  *takeDue(nowMs: number): Generator<number> {
    for (let first = this.#heap[0]; first !== undefined && first.atMs <= nowMs; first = this.#heap[0]) {
      this.#removeFirst();
      yield first.sequenceNumber;
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      const smaller = this.#isEarlier(left + 1, left) ? left + 1 : left;
      if (!this.#isEarlier(smaller, index)) return;
      this.#swap(index, smaller);
      index = smaller;
    }
  }

  #isEarlier(index: number, than: number): boolean {
    const one = this.#heap[index];
    const other = this.#heap[than];
    if (one === undefined || other === undefined) return false;
    return one.atMs === other.atMs ? one.sequenceNumber < other.sequenceNumber : one.atMs < other.atMs;
  }

  #swap(index: number, other: number): void {
    const one = this.#heap[index];
    const two = this.#heap[other];
    if (one === undefined || two === undefined) return;
    this.#heap[index] = two;
    this.#heap[other] = one;
  }
}
