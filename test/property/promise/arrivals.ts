import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError } from '../../../src/routing/queue-error.js';
import type { Clock } from '../../../src/time/clock.js';
import type { MemoryEventQueue } from '../../support/memory/event-queue.js';
import { worldBots } from './bots.js';

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
  /** How many of the next messages to the ordered bot are refused. */
  refusals = 0;

  constructor(queue: MemoryEventQueue, clock: Pick<Clock, 'monotonicMs'>) {
    this.#queue = queue;
    this.#clock = clock;
  }

  async send(queue: string, message: QueueMessage, signal: AbortSignal): Promise<void> {
    if (queue === worldBots.ordered.queue && this.refusals > 0) {
      this.refusals -= 1;
      throw new QueueError('queue-full', 'The queue refuses this one');
    }
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
