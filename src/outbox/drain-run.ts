import type { OutboxRecord, OwedDelivery } from './outbox-record.js';

export type StopReason = 'time-limit' | 'service-bus' | 'blob-storage';

/** What one run did, in copies but for `taken`; `stoppedBy` is absent when it came to the end. */
export interface DrainReport {
  readonly delivered: number;
  readonly deadLettered: number;
  readonly failed: number;
  /** Records that another instance had. */
  readonly taken: number;
  readonly stoppedBy?: StopReason;
}

/** One queue that fails by itself must not take the time of the others: so many failures, then the next run tries again. */
const maxFailuresPerQueue = 50;

/** What must not overtake each other: the copies of one queue and session. A bot that is not ordered has none. */
export const lanesOf = ({ owed }: OutboxRecord): readonly string[] =>
  owed.flatMap((delivery) => laneOf(delivery) ?? []);

const laneOf = ({ queue, sessionId }: OwedDelivery): string | undefined =>
  sessionId === undefined ? undefined : `${queue}\n${sessionId}`;

/** What one run of the drain has seen so far: its counts, which sessions and queues wait for the next run, and why it stops. */
export class DrainRun {
  #delivered = 0;
  #deadLettered = 0;
  #failed = 0;
  #taken = 0;
  #stoppedBy: StopReason | undefined;
  readonly #blockedLanes = new Set<string>();
  readonly #failuresByQueue = new Map<string, number>();
  readonly #leftQueues = new Set<string>();
  readonly #underWay = new Map<string, Promise<unknown>>();

  get stopped(): boolean {
    return this.#stoppedBy !== undefined;
  }

  /** Service Bus took something in this run, so what it does not take is not the fault of the whole service. */
  get hasDelivered(): boolean {
    return this.#delivered > 0;
  }

  get report(): DrainReport {
    return {
      delivered: this.#delivered,
      deadLettered: this.#deadLettered,
      failed: this.#failed,
      taken: this.#taken,
      ...(this.#stoppedBy !== undefined && { stoppedBy: this.#stoppedBy }),
    };
  }

  /** The first reason stands. */
  stop(reason: StopReason): void {
    this.#stoppedBy ??= reason;
  }

  mayDeliver(delivery: OwedDelivery): boolean {
    const lane = laneOf(delivery);
    const failures = this.#failuresByQueue.get(delivery.queue) ?? 0;
    if (this.#leftQueues.has(delivery.queue)) return false;
    return failures < maxFailuresPerQueue && (lane === undefined || !this.#blockedLanes.has(lane));
  }

  delivered(): void {
    this.#delivered += 1;
  }

  /** The copy's own queue, or the copy itself, is at fault. */
  failed({ queue }: OwedDelivery): void {
    this.#failed += 1;
    this.#failuresByQueue.set(queue, (this.#failuresByQueue.get(queue) ?? 0) + 1);
  }

  /** The oldest send to this queue that has not ended. */
  underWayTo(queue: string): Promise<unknown> | undefined {
    return this.#underWay.get(queue);
  }

  /** Remembers a send until it ends. */
  under<T>(queue: string, send: Promise<T>): Promise<T> {
    if (this.#underWay.has(queue)) return send;
    const ended = send.finally(() => this.#underWay.delete(queue));
    this.#underWay.set(queue, ended);
    return ended;
  }

  /** The queue's own breaker is open: nothing more goes there in this run. */
  leave(queue: string): void {
    this.#leftQueues.add(queue);
  }

  deadLettered(count: number): void {
    this.#deadLettered += count;
  }

  /** Copies that stay: nothing later of their sessions is delivered in this run. */
  hold(deliveries: readonly OwedDelivery[]): void {
    for (const lane of deliveries.flatMap((delivery) => laneOf(delivery) ?? [])) this.#blockedLanes.add(lane);
  }

  /** Another instance has the record and may yet fail with it. */
  takenByAnother({ owed }: OutboxRecord): void {
    this.#taken += 1;
    this.hold(owed);
  }
}
