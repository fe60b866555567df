import { hash } from 'node:crypto';
import type { GuardedSend } from '../../routing/route-event.js';
import { type Clock, waitAtMost } from '../../time/clock.js';
import type { DeliveredCopy, GuardedOutbox, OutboxStore } from './outbox-store.js';

export interface DeliveredCopiesPorts {
  readonly store: Pick<OutboxStore, 'listDelivered'>;
  readonly outbox: Pick<GuardedOutbox, 'remember'>;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  readonly clock: Clock;
}

/** What is known to have been delivered, and how more becomes known. */
export type Delivered = Pick<DeliveredCopies, 'has' | 'ready' | 'remember'>;

/** Far within the shortest window in which queues drop repeats by themselves. */
const refreshEveryMs = 60_000;
/** A look takes at most this share of the time. */
const restFactor = 50;
const lookTimeoutMs = 60_000;
/** What is known is at most so old before a send waits for the next look: within the window of any queue. */
const knownForMs = 4 * 60_000;
/** What a send waits for a look, from its beginning. */
const firstLookMs = 300;
/** About 60 bytes each; what is above is forgotten. */
const mostKnown = 250_000;
const keyLength = 22;
/** Of one event's copies, so many are written down with one call. */
const mostTogether = 24;

/** What a delivered copy is remembered under: 128 bits that say message and queue. */
export const deliveredKey = (queue: string, messageId: string): string =>
  hash('sha256', JSON.stringify([queue, messageId]), 'base64url').slice(0, keyLength);

/**
 * What the outbox has delivered, for at least eight days and on every instance, so that a repeat does not bring it again after
 * queues have forgotten its message id. Kept in memory, loaded from small records beside the outbox at the first use and once a
 * minute at most while there is something to send; a send costs no call of its own. Never throws.
 */
export class DeliveredCopies {
  readonly #ports: DeliveredCopiesPorts;
  readonly #known = new Set<string>();
  /** Delivered by this instance, and not written down yet. */
  readonly #unwritten = new Set<string>();
  #lookedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  /** When the last look began that came to its end. */
  #knownToMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(ports: DeliveredCopiesPorts) {
    this.#ports = ports;
  }

  /** As far as is known now. */
  has(queue: string, messageId: string): boolean {
    if (this.#known.size + this.#unwritten.size === 0) return false;
    const key = deliveredKey(queue, messageId);
    return this.#known.has(key) || this.#unwritten.has(key);
  }

  /**
   * Starts a look when one is due. The first of a process is waited for, and the first after minutes without one: until it is 300 ms old at
   * most, or as old as asked. `undefined`: nothing has to be waited for.
   */
  ready(timeoutMs: number = firstLookMs): Promise<void> | undefined {
    const { circuit, clock } = this.#ports;
    const nowMs = clock.monotonicMs();
    const due = nowMs - this.#lookedMs >= Math.max(refreshEveryMs, restFactor * this.#tookMs);
    if (due && circuit.isHealthy) this.#looking ??= this.#look();
    const waitMs = this.#lookedMs + Math.min(firstLookMs, timeoutMs) - nowMs;
    if (nowMs - this.#knownToMs < knownForMs || this.#looking === undefined || waitMs <= 0) return undefined;
    return waitAtMost(this.#looking, waitMs, clock);
  }

  /** Known here at once. Answers what writing them down for everybody gave. */
  async remember(copies: readonly DeliveredCopy[], timeoutMs: number): ReturnType<GuardedOutbox['remember']> {
    const all = copies.map((copy) => [deliveredKey(copy.queue, copy.messageId), copy] as const);
    const unwritten = all.filter(([key]) => !this.#known.has(key));
    for (const [key] of unwritten) this.#unwritten.add(key);
    for (let from = 0; from < unwritten.length; from += mostTogether) {
      const some = new Map(unwritten.slice(from, from + mostTogether));
      const written = await this.#ports.outbox.remember(some, timeoutMs);
      if (!written.ok) return written;
      for (const key of some.keys()) {
        this.#known.add(key);
        this.#unwritten.delete(key);
      }
    }
    return { ok: true, value: undefined };
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#ports;
    this.#lookedMs = clock.monotonicMs();
    const controller = new AbortController();
    const cancel = clock.startTimer(lookTimeoutMs, () => controller.abort());
    try {
      let from: string | undefined;
      do {
        const { keys, next } = await store.listDelivered(from, controller.signal);
        for (const key of keys) if (this.#known.size < mostKnown) this.#known.add(key);
        from = next;
      } while (from !== undefined && this.#known.size < mostKnown);
      this.#knownToMs = this.#lookedMs;
      this.#tookMs = clock.monotonicMs() - this.#lookedMs;
    } catch {
      // Asked again when the next look is due; how long a failed one took asks for no rest.
    } finally {
      cancel();
      this.#looking = undefined;
    }
  }
}

/** Of the time for a send, what storage may take to say what is known: so little that the send still begins before the last resort. */
export const shareOfKnowing = 0.25;

/** Sends nothing that the outbox has delivered already: such a copy is answered as sent. */
export const onceSend =
  (send: GuardedSend, delivered: Delivered): GuardedSend =>
  async (queue, message, timeoutMs) => {
    await delivered.ready(timeoutMs * shareOfKnowing);
    return delivered.has(queue, message.messageId) ? { ok: true, value: undefined } : send(queue, message, timeoutMs);
  };
