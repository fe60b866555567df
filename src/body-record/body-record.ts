import type { Clock } from '../time/clock.js';
import type { BodyLog } from './body-log.js';
import {
  dayMs,
  dayOf,
  decodeSeen,
  encodeSeen,
  entryLength,
  KnownBodies,
  rememberedDays,
  type SeenBody,
} from './known-bodies.js';

export interface BodyRecordPorts {
  readonly clock: Clock;
  /** Most bodies held at once. */
  readonly capacity: number;
  /** Absent: nothing is told to other instances, and nothing outlives this one. */
  readonly log?: BodyLog | undefined;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  /** Runs what belongs to no request outside of the one that happened to start it. */
  readonly outside: <T>(work: () => T) => T;
}

/** How a body is met again: never before, as the same delivery, or under another id or type. */
export type Recall = 'new' | 'same' | 'other-id' | 'other-type';

/** Before what was accepted is written down, and between two looks at what others accepted while webhooks come. */
const writeAfterMs = 2_000;
const lookEveryMs = 10_000;
const callTimeoutMs = 30_000;

/** What storage failed to take is kept for later, up to so many entries. */
const maxWaiting = 50_000;
/** Of one append (4 MiB is what a block may have). */
const maxAppended = 50_000;

/**
 * Remembers the bodies that were accepted, for at least 8 days and within its capacity. A webhook costs no call: what was
 * accepted is written down every two seconds in one, and others' parts are looked at every ten. Never throws, and knows less
 * when storage fails: then a body is taken for a new one.
 */
export class BodyRecord {
  readonly #ports: BodyRecordPorts;
  readonly #known: KnownBodies;
  readonly #read = new Map<string, number>();
  #waiting: SeenBody[] = [];
  #isWriting = false;
  /** Parts of the days before yesterday's grow no more. */
  #hasReadAll = false;
  #nextLookMs = Number.NEGATIVE_INFINITY;
  #today = { name: '', beginsMs: Number.NaN };

  constructor(ports: BodyRecordPorts) {
    this.#ports = ports;
    this.#known = new KnownBodies(ports.capacity);
  }

  recall({ key, type, id }: SeenBody): Recall {
    this.#look();
    const known = this.#known.find(key);
    if (known === undefined) return 'new';
    if (known.type !== type) return 'other-type';
    return known.id === id ? 'same' : 'other-id';
  }

  /**
   * The day, before or after `day`, on which other bytes came under the event's id; the archive reports those of `day` itself.
   * `undefined`: none did, as far as is known.
   */
  dayOfConflict(event: SeenBody, day: string): string | undefined {
    return this.#known.dayOfOthers(day, event);
  }

  /** For a delivery that was kept, whatever its sender was answered; one that was not kept may come again. */
  remember(body: SeenBody): void {
    if (!this.#known.add(this.#day(), body)) return;
    if (this.#ports.log === undefined || this.#waiting.length >= maxWaiting) return;
    this.#waiting.push(body);
    if (this.#waiting.length === 1) this.#writeSoon();
  }

  /** Writes down what waits. Never rejects. */
  async write(): Promise<void> {
    const { log, circuit, clock } = this.#ports;
    if (log === undefined || this.#isWriting || this.#waiting.length === 0) return;
    this.#isWriting = true;
    const written = this.#waiting.slice(0, maxAppended);
    try {
      if (circuit.isHealthy) {
        await log.append(dayOf(clock.epochMs()), encodeSeen(written), AbortSignal.timeout(callTimeoutMs));
        this.#waiting = this.#waiting.slice(written.length);
      }
    } catch {
      // It waits for the next time; an entry that was written twice is one all the same.
    } finally {
      this.#isWriting = false;
      if (this.#waiting.length > 0) this.#writeSoon();
    }
  }

  /** Reads what other instances wrote since the last time. Never rejects. */
  async look(): Promise<void> {
    const { log, clock } = this.#ports;
    const days = rememberedDays(clock.epochMs());
    this.#known.forgetBefore(days.at(-1) ?? '');
    try {
      const changing = this.#hasReadAll ? days.slice(0, 2) : days;
      const parts = (await log?.list(changing, AbortSignal.timeout(callTimeoutMs))) ?? [];
      for (const { name, day, size } of parts) {
        const from = this.#read.get(name) ?? 0;
        if (size < from + entryLength) continue;
        const bytes = (await log?.read(name, from, AbortSignal.timeout(callTimeoutMs))) ?? Buffer.alloc(0);
        const entries = decodeSeen(bytes);
        for (const entry of entries) this.#known.add(day, entry);
        this.#read.set(name, from + entries.length * entryLength);
      }
      this.#hasReadAll = true;
      for (const name of this.#read.keys()) if (!parts.some((part) => part.name === name)) this.#read.delete(name);
    } catch {
      // What is known already holds; the next look begins where this one ended.
    }
  }

  /** Today's name, made once a day. */
  #day(): string {
    const nowMs = this.#ports.clock.epochMs();
    const beginsMs = nowMs - (nowMs % dayMs);
    if (this.#today.beginsMs !== beginsMs) this.#today = { name: dayOf(nowMs), beginsMs };
    return this.#today.name;
  }

  #writeSoon(): void {
    this.#ports.outside(() => this.#ports.clock.startTimer(writeAfterMs, () => void this.write()));
  }

  #look(): void {
    const { log, circuit, clock, outside } = this.#ports;
    const nowMs = clock.monotonicMs();
    if (log === undefined || nowMs < this.#nextLookMs || !circuit.isHealthy) return;
    this.#nextLookMs = nowMs + lookEveryMs;
    outside(() => void this.look());
  }
}
