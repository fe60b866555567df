import type { SeenBody } from './seen-body.js';

/** Longer than any sender tries again, and than any redelivery that it offers. */
const daysKept = 8;
const dayMs = 86_400_000;

type Shelf = Map<string, Pick<SeenBody, 'type' | 'id'>>;

/** `2026-01-31`, in UTC. */
export const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/** The days that are still remembered, today's first. */
export const rememberedDays = (epochMs: number): readonly string[] =>
  Array.from({ length: daysKept + 1 }, (_, ago) => dayOf(epochMs - ago * dayMs));

/** Accepted bodies by the day they came on, in bounded memory: what is too much goes out by the oldest day, oldest first. */
export class KnownBodies {
  readonly #capacity: number;
  readonly #shelves = new Map<string, Shelf>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  find(key: string): Pick<SeenBody, 'type' | 'id'> | undefined {
    for (const shelf of this.#shelves.values()) {
      const found = shelf.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The first that is known of a body stays. */
  add(day: string, { key, type, id }: SeenBody): void {
    if (this.find(key) !== undefined) return;
    const shelf = this.#shelves.get(day) ?? new Map();
    this.#shelves.set(day, shelf);
    shelf.set(key, { type, id });
    this.#size += 1;
    if (this.#size > this.#capacity) this.#makeRoom();
  }

  forgetBefore(day: string): void {
    for (const [each, shelf] of this.#shelves) {
      if (each >= day) continue;
      this.#shelves.delete(each);
      this.#size -= shelf.size;
    }
  }

  /** A map is slow to find its first entries when many were deleted before them: it is asked once for each hundredth. */
  #makeRoom(): void {
    const [oldest = ''] = [...this.#shelves.keys()].toSorted();
    const shelf = this.#shelves.get(oldest);
    for (const key of [...(shelf?.keys() ?? [])].slice(0, Math.ceil(this.#capacity / 100))) {
      if (shelf?.delete(key)) this.#size -= 1;
    }
    if (shelf?.size === 0) this.#shelves.delete(oldest);
  }
}
