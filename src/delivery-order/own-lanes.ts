/** How long a copy that failed may take to be written down: longer than any request lasts. */
const underWayMs = 15_000;
/** How long after storage answers again the backlog is moved at the latest, as far as a lane waits for it. */
const backlogMovesMs = 600_000;

interface OwnLane {
  /** Copies that failed here and are being written down, by message id, each until when at the most. */
  readonly underWay: Map<string, number>;
  /** Copies that wait in the archive backlog, and since when storage has answered. */
  readonly backlogged: Map<string, number | undefined>;
  /** When the latest record was written, by the name of its outbox: a listing begun later tells of it. */
  readonly recordedMs: Map<string, number>;
  newestTime: string;
}

interface Recording {
  /** What the record is ordered by. */
  readonly time: string;
  readonly nowMs: number;
  /** The name of the outbox that it lies in. */
  readonly outbox: string;
}

/** What this instance owes, by lane: known here at once, and forgotten when a listing of the outbox says so. */
export class OwnLanes {
  readonly #lanes = new Map<string, OwnLane>();
  readonly #isDelivered: (queue: string, messageId: string) => boolean;

  constructor(isDelivered: (queue: string, messageId: string) => boolean) {
    this.#isDelivered = isDelivered;
  }

  /** `besides`: but for this very message, which is tried again. */
  owes(lane: string, nowMs: number, besides?: string): boolean {
    const own = this.#lanes.get(lane);
    if (own === undefined) return false;
    const queue = lane.slice(0, lane.indexOf('\n'));
    for (const [messageId, untilMs] of own.underWay) if (untilMs <= nowMs) own.underWay.delete(messageId);
    for (const messageId of own.backlogged.keys()) {
      if (this.#isDelivered(queue, messageId)) own.backlogged.delete(messageId);
    }
    const owes = own.underWay.size + own.backlogged.size + own.recordedMs.size > 0;
    if (!owes) this.#lanes.delete(lane);
    const isItself = besides !== undefined && own.underWay.size === 1 && own.underWay.has(besides);
    return isItself ? own.backlogged.size + own.recordedMs.size > 0 : owes;
  }

  /** When the newest copy that this instance wrote down for the lane arrived; the empty text for none. */
  newestTime(lane: string): string {
    return this.#lanes.get(lane)?.newestTime ?? '';
  }

  /** Whether a copy of the lane that this instance wrote down waits in an archive backlog. */
  waitsInBacklog(lane: string): boolean {
    return (this.#lanes.get(lane)?.backlogged.size ?? 0) > 0;
  }

  /** Whether this copy has failed and is being written down. */
  isUnderWay(lane: string, messageId: string): boolean {
    return this.#lanes.get(lane)?.underWay.has(messageId) === true;
  }

  /** What had failed has got through after all. */
  arrived(lane: string, messageId: string): void {
    this.#lanes.get(lane)?.underWay.delete(messageId);
  }

  failed(lane: string, messageId: string, nowMs: number): void {
    this.#laneFor(lane).underWay.set(messageId, nowMs + underWayMs);
  }

  recorded(lane: string, messageId: string, { time, nowMs, outbox }: Recording): void {
    const own = this.#laneFor(lane);
    own.underWay.delete(messageId);
    own.recordedMs.set(outbox, nowMs);
    if (time > own.newestTime) own.newestTime = time;
  }

  backlogged(lane: string, messageId: string, time: string): void {
    const own = this.#laneFor(lane);
    own.underWay.delete(messageId);
    if (time > own.newestTime) own.newestTime = time;
    own.backlogged.set(messageId, undefined);
  }

  /** A listing that began then tells of every record that was written before, but for those in outboxes that are silent. */
  listed(beganMs: number, nowMs: number, silent: ReadonlySet<string> = new Set()): void {
    for (const [lane, own] of this.#lanes) {
      for (const [outbox, recordedMs] of own.recordedMs) {
        if (recordedMs < beganMs && !silent.has(outbox)) own.recordedMs.delete(outbox);
      }
      for (const [messageId, answeredMs = nowMs] of own.backlogged) {
        if (nowMs - answeredMs >= backlogMovesMs) own.backlogged.delete(messageId);
        else own.backlogged.set(messageId, answeredMs);
      }
      this.owes(lane, nowMs);
    }
  }

  #laneFor(lane: string): OwnLane {
    const own = this.#lanes.get(lane) ?? {
      underWay: new Map(),
      backlogged: new Map(),
      recordedMs: new Map(),
      newestTime: '',
    };
    this.#lanes.set(lane, own);
    return own;
  }
}
