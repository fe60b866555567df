/** How much runs side by side at most, now; how much may wait for its turn besides. */
export interface WindowLimits {
  readonly running: () => number;
  readonly waiting: number;
}

interface Entry {
  readonly lanes: readonly string[];
  readonly work: () => Promise<void>;
}

/**
 * Runs work side by side within its limits, the oldest first. What shares a lane runs one after the other, in the order it came,
 * and a lane that is held up keeps only its own from running.
 */
export class LaneWindow {
  readonly #limits: WindowLimits;
  readonly #busyLanes = new Set<string>();
  #waiting: Entry[] = [];
  #running = 0;
  #ended = Promise.withResolvers<void>();
  #fault: { readonly thrown: unknown } | undefined;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /** Takes work on, and resolves when there is room for more. Rejects with what earlier work threw. */
  async add(lanes: readonly string[], work: () => Promise<void>): Promise<void> {
    this.#waiting.push({ lanes, work });
    this.#start();
    while (this.#waiting.length > this.#limits.waiting) await this.#ended.promise;
    this.#rethrow();
  }

  /** Resolves when all work has ended. Rejects with what any of it threw. */
  async idle(): Promise<void> {
    while (this.#running + this.#waiting.length > 0) await this.#ended.promise;
    this.#rethrow();
  }

  /** Starts whatever may run: its lanes are neither busy nor wanted by something older. Looks at no more than there is room for. */
  #start(): void {
    const waiting = this.#waiting;
    const wanted = new Set<string>();
    const held: Entry[] = [];
    let looked = 0;
    for (const entry of waiting) {
      if (this.#running >= this.#limits.running()) break;
      looked += 1;
      const isHeld = entry.lanes.some((lane) => this.#busyLanes.has(lane) || wanted.has(lane));
      for (const lane of entry.lanes) wanted.add(lane);
      if (isHeld) held.push(entry);
      else void this.#run(entry);
    }
    if (looked > held.length) this.#waiting = [...held, ...waiting.slice(looked)];
  }

  async #run({ lanes, work }: Entry): Promise<void> {
    this.#running += 1;
    for (const lane of lanes) this.#busyLanes.add(lane);
    try {
      await work();
    } catch (thrown) {
      this.#fault ??= { thrown };
      this.#waiting = [];
    }
    this.#running -= 1;
    for (const lane of lanes) this.#busyLanes.delete(lane);
    this.#start();
    const { resolve } = this.#ended;
    this.#ended = Promise.withResolvers();
    resolve();
  }

  #rethrow(): void {
    if (this.#fault !== undefined) throw this.#fault.thrown;
  }
}

/** Runs `work` on all items side by side, but for items that share a lane: those go one after the other, in their order. */
export const inLanes = async <T>(
  items: readonly T[],
  lanesOf: (item: T) => readonly string[],
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const window = new LaneWindow({ running: () => items.length, waiting: items.length });
  for (const item of items) await window.add(lanesOf(item), () => work(item));
  await window.idle();
};
