import { laneOf } from '../routing/address-message.js';
import { type Clock, waitAtMost } from '../time/clock.js';
import { OwnLanes } from './own-lanes.js';
import type { ListedLanes, ReadListedLanes } from './read-listed-lanes.js';

export interface OwedLanesPorts {
  readonly read: ReadListedLanes;
  /** The storage breaker, for reading only: storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
  /** Whether the outbox is known to have delivered a message to a queue. */
  readonly isDelivered: (queue: string, messageId: string) => boolean;
  readonly clock: Clock;
}

/** How often the outbox is looked at while sends come: more often when their lane is owed something, to see when it ends. */
const lookEveryMs = { idle: 2_000, owing: 1_000 } as const;
/** A look takes at most this share of the time. */
const restFactor = 5;
/** Knowledge of nothing owed that is older than this is not trusted: a send waits for the look that is under way. */
const oldestTrustedMs = 4_000;
/** From the start of a listing: one that hangs delays nobody after that. A process's first listing also opens the connection. */
const longestWaitMs = { first: 1_000, later: 300 } as const;
const lookTimeoutMs = 30_000;

/** A copy as it was written down: in an outbox record, or in the archive backlog. */
export interface WrittenCopy {
  readonly queue: string;
  readonly sessionId?: string | undefined;
  readonly messageId: string;
}

const sendOf = (lane: string, messageId: string): string => `${lane}\n${messageId}`;

/**
 * Knows which lanes are owed something: what this instance owes at once, what others owe from a listing of the outbox that all
 * sends share. While nothing is owed a listing is all it costs, every two seconds at most and only while sends come; one that
 * takes long is repeated less often. Never throws: storage that does not answer leaves what was known.
 */
export class OwedLanes {
  readonly #ports: OwedLanesPorts;
  /** Present once a copy of this instance has failed. */
  #own: OwnLanes | undefined;
  /** Copies that are being sent and that nobody has written down. */
  readonly #sends = new Set<string>();
  #listed: ListedLanes = new Map();
  /** When the listing began that is known now. */
  #knownMs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #tookMs = 0;
  #looking: Promise<void> | undefined;

  constructor(ports: OwedLanesPorts) {
    this.#ports = ports;
  }

  /** Begins a look when one is due for this lane, so that it runs beside whatever else a send waits for. */
  startLook(lane: string): void {
    const { circuit, clock } = this.#ports;
    if (this.#looking !== undefined) return;
    const everyMs = this.isOwed(lane) ? lookEveryMs.owing : lookEveryMs.idle;
    const due = clock.monotonicMs() - this.#lookedMs >= Math.max(everyMs, restFactor * this.#tookMs);
    if (due && circuit.isHealthy) this.#looking = this.#look();
  }

  /**
   * What has to be waited for until it is known whether a lane is owed something: until a look is 300 ms old at most, 1 s while none has
   * succeeded yet, or as old as asked. `undefined`: what is known is as fresh as it has to be.
   */
  known(lane: string, timeoutMs: number): Promise<void> | undefined {
    this.startLook(lane);
    if (this.#looking === undefined) return undefined;
    const nowMs = this.#ports.clock.monotonicMs();
    const trustedMs = this.isOwed(lane) ? lookEveryMs.owing : oldestTrustedMs;
    const mostMs = this.#knownMs === Number.NEGATIVE_INFINITY ? longestWaitMs.first : longestWaitMs.later;
    const waitMs = this.#lookedMs + Math.min(mostMs, timeoutMs) - nowMs;
    return nowMs - this.#knownMs > trustedMs && waitMs > 0 ? this.wait(this.#looking, waitMs) : undefined;
  }

  /** As far as is known now; `besides`: but for this very message, which is tried again. */
  isOwed(lane: string, besides?: string): boolean {
    return this.#listed.has(lane) || this.#own?.owes(lane, this.#ports.clock.monotonicMs(), besides) === true;
  }

  /** By when at the earliest a new record of these lanes is ordered: after everything known of them. `undefined`: they owe nothing. */
  newestTime(lanes: readonly string[]): string | undefined {
    const times = lanes.flatMap((lane) => [this.#listed.get(lane) ?? '', this.#own?.newestTime(lane) ?? '']);
    return times
      .filter((time) => time !== '')
      .toSorted()
      .at(-1);
  }

  /** What orders a new record of these lanes instead of its own time, where that is not after everything known of them. */
  orderedAt(lanes: readonly string[], time: string): string | undefined {
    const newest = this.newestTime(lanes);
    return newest === undefined || newest < time ? undefined : new Date(Date.parse(newest) + 1).toISOString();
  }

  /** Whether an older copy of these lanes may wait in an archive backlog, where no listing shows it. */
  waitInBacklog(lanes: readonly string[]): boolean {
    return lanes.some((lane) => this.#own?.waitsInBacklog(lane));
  }

  /** A copy is about to be sent. */
  begun(lane: string, messageId: string): void {
    this.#sends.add(sendOf(lane, messageId));
  }

  /** A copy did not get through, or was not tried: it is about to be written down, unless that is done or it got through another way. */
  failed(lane: string, messageId: string): void {
    if (!this.#sends.delete(sendOf(lane, messageId)) && this.#own?.isUnderWay(lane, messageId) !== true) return;
    this.#ownLanes.failed(lane, messageId, this.#ports.clock.monotonicMs());
  }

  /** A copy got through. */
  arrived(lane: string, messageId: string): void {
    this.#sends.delete(sendOf(lane, messageId));
    this.#own?.arrived(lane, messageId);
  }

  /** Copies that a record of this outbox owes since now; `time` is what the record is ordered by. */
  recorded(copies: readonly WrittenCopy[], { time, outbox }: { readonly time: string; readonly outbox: string }): void {
    const nowMs = this.#ports.clock.monotonicMs();
    for (const copy of copies) {
      const lane = laneOf(copy);
      if (lane === undefined) continue;
      this.#sends.delete(sendOf(lane, copy.messageId));
      this.#ownLanes.recorded(lane, copy.messageId, { time, nowMs, outbox });
    }
  }

  /** Copies of an event that arrived at `time`, which a message of the archive backlog owes since now: no listing tells of them. */
  backlogged(copies: readonly WrittenCopy[], time: string): void {
    for (const copy of copies) {
      const lane = laneOf(copy);
      if (lane === undefined) continue;
      this.#sends.delete(sendOf(lane, copy.messageId));
      this.#ownLanes.backlogged(lane, copy.messageId, time);
    }
  }

  /** Waits for `work`, but no longer than `timeoutMs`. */
  wait(work: Promise<unknown>, timeoutMs: number): Promise<void> {
    return waitAtMost(work, timeoutMs, this.#ports.clock);
  }

  get #ownLanes(): OwnLanes {
    this.#own ??= new OwnLanes(this.#ports.isDelivered);
    return this.#own;
  }

  async #look(): Promise<void> {
    const { read, clock } = this.#ports;
    const beganMs = clock.monotonicMs();
    this.#lookedMs = beganMs;
    const controller = new AbortController();
    const cancel = clock.startTimer(lookTimeoutMs, () => controller.abort());
    try {
      const { lanes, silent } = await read(controller.signal);
      this.#listed = lanes;
      this.#knownMs = beganMs;
      this.#own?.listed(beganMs, clock.monotonicMs(), silent);
      this.#tookMs = clock.monotonicMs() - beganMs;
    } catch {
      // What was known stands; storage is asked again when the next look is due, and how long a failed one took asks for no rest.
    } finally {
      cancel();
      this.#looking = undefined;
    }
  }
}
