import { hash } from 'node:crypto';

/** What is remembered of one accepted event: strings with one byte per character, to save memory. */
export interface SeenBody {
  /** Identifies the route and the bytes. */
  readonly key: string;
  readonly type: string;
  /** Identifies the route and the event's id. */
  readonly id: string;
}

const keyLength = 16;
const factLength = 8;

/** Bytes of one entry, wherever it is written down. */
export const entryLength = keyLength + 2 * factLength;

/** As text at once: a buffer in between takes twice as long as the hash. */
const digest = (text: string, length: number): string => hash('sha256', text, 'binary').slice(0, length);

/** The same characters, in memory of their own: a slice keeps all of the text that it is of. */
const ownText = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

interface AcceptedEvent {
  /** The route's name, tenants included. */
  readonly provider: string;
  readonly type: string;
  readonly id: string;
  /** Of the raw bytes, in hex. */
  readonly sha256: string;
}

/** No name contains a line feed, so the parts stay separate. */
export const seenBodyOf = ({ provider, type, id, sha256 }: AcceptedEvent): SeenBody => ({
  key: digest(`${provider}\n${sha256}`, keyLength),
  type: digest(type, factLength),
  id: digest(`${provider}\n${id}`, factLength),
});

const noType = '\0'.repeat(factLength);

/** Records only which bytes came under an event's id: the same bytes may come under another id. */
export const idAlone = ({ key, id }: SeenBody): SeenBody => ({
  key: digest(`id alone\n${key}`, keyLength),
  type: noType,
  id,
});

/** Whether the body of such an entry is recognized under another id or type. */
const isRecognizable = ({ type }: Pick<SeenBody, 'type'>): boolean => type !== noType;

export const encodeSeen = (entries: readonly SeenBody[]): Buffer =>
  Buffer.from(entries.map(({ key, type, id }) => `${key}${type}${id}`).join(''), 'latin1');

/** Only complete entries: an entry that is still being written is left for the next read. */
export const decodeSeen = (bytes: Buffer): readonly SeenBody[] => {
  const text = bytes.toString('latin1');
  return Array.from({ length: Math.floor(text.length / entryLength) }, (_, index) => {
    const at = index * entryLength;
    return {
      key: text.slice(at, at + keyLength),
      type: text.slice(at + keyLength, at + keyLength + factLength),
      id: text.slice(at + keyLength + factLength, at + entryLength),
    };
  });
};

/** Longer than any sender tries again, and than any redelivery that it offers. */
const daysKept = 8;
export const dayMs = 86_400_000;

/** `2026-01-31`, in UTC. */
export const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/** The days that are still remembered, today's first. */
export const rememberedDays = (epochMs: number): readonly string[] =>
  Array.from({ length: daysKept + 1 }, (_, ago) => dayOf(epochMs - ago * dayMs));

/** What came on which day, in bounded memory: above the limit the oldest day is dropped first, oldest entry first. */
class DayShelves<T> {
  readonly #capacity: number;
  readonly #shelves = new Map<string, Map<string, T>>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** What any day has of it that is wanted. */
  find(key: string, isWanted: (value: T) => boolean = () => true): T | undefined {
    for (const shelf of this.#shelves.values()) {
      const found = shelf.get(key);
      if (found !== undefined && isWanted(found)) return found;
    }
    return undefined;
  }

  daysOf(key: string): readonly string[] {
    return [...this.#shelves.keys()].filter((day) => this.get(day, key) !== undefined);
  }

  get(day: string, key: string): T | undefined {
    return this.#shelves.get(day)?.get(key);
  }

  put(day: string, key: string, value: T): void {
    const shelf = this.#shelves.get(day) ?? new Map();
    this.#shelves.set(day, shelf);
    const before = shelf.size;
    this.#size += shelf.set(key, value).size - before;
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

/** For one id on one day, so that a sender without real ids does not fill the list. */
const mostBodiesOfId = 8;

const isAmong = (keys: string, key: string): boolean => {
  for (let at = 0; at < keys.length; at += key.length) if (keys.startsWith(key, at)) return true;
  return false;
};

/** Accepted bodies, by what identifies them and by the ids that they came under. */
export class KnownBodies {
  readonly #bodies: DayShelves<Pick<SeenBody, 'type' | 'id'>>;
  /** All bodies of an id in one string: most ids have one. */
  readonly #keysById: DayShelves<string>;

  constructor(capacity: number) {
    this.#bodies = new DayShelves(capacity);
    this.#keysById = new DayShelves(capacity);
  }

  get size(): number {
    return this.#bodies.size;
  }

  find(key: string): Pick<SeenBody, 'type' | 'id'> | undefined {
    return this.#bodies.find(key);
  }

  /** Returns whether the entry was new; the first entry of a body stays. */
  add(day: string, entry: SeenBody): boolean {
    const { key, type, id } = entry;
    const isKnown = isRecognizable(entry) ? this.find(key) !== undefined : this.#cameUnder(id, key);
    if (isKnown) return false;
    if (isRecognizable(entry)) this.#bodies.put(day, ownText(key), { type, id });
    const keys = this.#keysById.get(day, id) ?? '';
    if (keys.length < mostBodiesOfId * key.length) this.#keysById.put(day, id, ownText(keys + key));
    return true;
  }

  /** The day on which other bytes came under an event's id, if its own never did, nor anything on this very day. */
  dayOfOthers(day: string, event: SeenBody): string | undefined {
    const { id, key } = event;
    if (this.#keysById.find(id) === undefined) return undefined;
    const days = this.#keysById.daysOf(id);
    if (days.includes(day)) return undefined;
    if (this.#cameUnder(id, key) || this.#cameUnder(id, idAlone(event).key)) return undefined;
    return days.toSorted()[0];
  }

  forgetBefore(day: string): void {
    this.#bodies.forgetBefore(day);
    this.#keysById.forgetBefore(day);
  }

  #cameUnder(id: string, key: string): boolean {
    return this.#keysById.find(id, (keys) => isAmong(keys, key)) !== undefined;
  }
}
