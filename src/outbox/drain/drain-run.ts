import { laneOf, lanesOf } from '../../routing/address-message.js';
import type { LeftLanes, StopReason } from '../backlog/drain-archive-backlog.js';
import type { OutboxRecord, OwedCopy } from '../record/outbox-record.js';
import type { StoredRecord } from '../record/outbox-store.js';

/** What one run did, in copies but for `taken`; `stoppedBy` is absent when it came to the end. */
export interface DrainReport {
  readonly delivered: number;
  readonly deadLettered: number;
  readonly failed: number;
  /** Records that another instance had. */
  readonly taken: number;
  /** Copies waited for what another instance has, or for what is to come out of the archive backlog, or a call of theirs was not answered. */
  readonly waiting: boolean;
  readonly stoppedBy?: StopReason;
}

/** What may yet come out of the archive backlogs. */
export interface LeftElsewhere {
  readonly lanes: LeftLanes;
  /** Whether every backlog could be looked at. */
  readonly isEverySeen: boolean;
}

const mostTaken = 48;

/** What one run of the drain has seen so far: its counts, which sessions and queues wait for the next run, and why it stops. */
export class DrainRun {
  #delivered = 0;
  #deadLettered = 0;
  #failed = 0;
  readonly #taken = new Set<string>();
  #stoppedBy: StopReason | undefined;
  readonly #blockedLanes = new Set<string>();
  readonly #failuresByQueue = new Map<string, number>();
  readonly #leftQueues = new Set<string>();
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #deliveredBefore: boolean;
  #leftElsewhere: LeftElsewhere = { lanes: new Set(), isEverySeen: true };
  #isWaiting = false;
  /** One queue that fails by itself must not take the time of the others: so many failures, then the next run tries again. */
  #maxFailuresPerQueue = 50;

  /** `deliveredBefore`: whether the run before this one delivered anything. */
  constructor({ deliveredBefore = false }: { readonly deliveredBefore?: boolean } = {}) {
    this.#deliveredBefore = deliveredBefore;
  }

  get stopped(): boolean {
    return this.#stoppedBy !== undefined || this.#isAnothersTurn;
  }

  /** Service Bus took something lately, so what it does not take is not the fault of the whole service. */
  get hasDelivered(): boolean {
    return this.#delivered > 0 || this.#deliveredBefore;
  }

  get report(): DrainReport {
    return {
      delivered: this.#delivered,
      deadLettered: this.#deadLettered,
      failed: this.#failed,
      taken: this.#taken.size,
      waiting: this.isWaiting,
      ...(this.#stoppedBy !== undefined && { stoppedBy: this.#stoppedBy }),
    };
  }

  /** The first reason stands. */
  stop(reason: StopReason): void {
    this.#stoppedBy ??= reason;
  }

  mayDeliver(delivery: OwedCopy, { behindBacklog }: Pick<OutboxRecord, 'behindBacklog'>): boolean {
    const lane = laneOf(delivery);
    const failures = this.#failuresByQueue.get(delivery.queue) ?? 0;
    if (this.#leftQueues.has(delivery.queue)) return false;
    if (failures >= this.#maxFailuresPerQueue) return false;
    if (lane === undefined) return true;
    const { lanes, isEverySeen } = this.#leftElsewhere;
    if (lanes === 'all' || lanes.has(lane) || (behindBacklog === true && !isEverySeen)) {
      this.#isWaiting = true;
      return false;
    }
    return !this.#blockedLanes.has(lane);
  }

  /** Another instance is at it: two side by side would ask in vain for most records. More than what instances had that were killed. */
  get #isAnothersTurn(): boolean {
    return this.#taken.size >= mostTaken && this.#delivered < this.#taken.size;
  }

  /** What another instance has, or what is to come out of the backlog first, will soon be free: another run is worth it. */
  get isWaiting(): boolean {
    return this.#isWaiting || this.#taken.size > 0;
  }

  /** From now on these lanes wait, as an older copy of theirs may not be in the outbox yet; those that waited so far do not. */
  waitFor(left: LeftElsewhere): void {
    this.#leftElsewhere = left;
  }

  /** A dependency did not answer, or failed: another run may get further. */
  tryAgain(): void {
    this.#isWaiting = true;
  }

  /** From now on a queue that failed in this run is left to the next. */
  lookAgain(): void {
    this.#maxFailuresPerQueue = 1;
  }

  delivered(): void {
    this.#delivered += 1;
  }

  /** The copy's own queue, or the copy itself, is at fault. */
  failed({ queue }: OwedCopy): void {
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
  hold(deliveries: readonly OwedCopy[]): void {
    for (const lane of lanesOf(deliveries)) this.#blockedLanes.add(lane);
  }

  /** Another instance has the record and may yet fail with it. */
  takenByAnother({ name, record }: StoredRecord): void {
    this.#taken.add(name);
    this.hold(record.owed);
  }
}
