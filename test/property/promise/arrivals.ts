import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import type { Clock } from '../../../src/time/clock.js';
import type { MemoryEventQueue } from '../../support/memory/event-queue.js';

/** One message that a queue took in, and when. */
export interface Arrival {
  readonly message: QueueMessage;
  readonly atMs: number;
  /** Whether the timer sent it, for the outbox. */
  readonly byTimer: boolean;
}

/** The queues, with the time at which each message got in. */
export class Arrivals implements EventQueue {
  readonly #queue: MemoryEventQueue;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #arrived = new Map<string, Pick<Arrival, 'atMs' | 'byTimer'>[]>();
  /** Set while the timer runs. */
  isTimerRunning = false;

  constructor(queue: MemoryEventQueue, clock: Pick<Clock, 'monotonicMs'>) {
    this.#queue = queue;
    this.#clock = clock;
  }

  async send(queue: string, message: QueueMessage, signal: AbortSignal): Promise<void> {
    await this.#queue.send(queue, message, signal);
    const arrived = this.#arrived.get(queue) ?? [];
    while (arrived.length < this.#queue.messages(queue).length)
      arrived.push({ atMs: this.#clock.monotonicMs(), byTimer: this.isTimerRunning });
    this.#arrived.set(queue, arrived);
  }

  at(queue: string): readonly Arrival[] {
    const arrived = this.#arrived.get(queue) ?? [];
    return this.#queue
      .messages(queue)
      .map((message, index) => ({ message, ...(arrived[index] ?? { atMs: 0, byTimer: false }) }));
  }
}
