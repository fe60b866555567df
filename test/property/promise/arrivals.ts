import type { Clock } from '../../../src/circuit-breaker/clock.js';
import type { EventQueue, QueueMessage } from '../../../src/routing/event-queue.js';
import type { MemoryEventQueue } from '../../../src/routing/memory-event-queue.js';

/** One message that a queue took in, and when. */
export interface Arrival {
  readonly message: QueueMessage;
  readonly atMs: number;
}

/** The queues, with the time at which each message got in. */
export class Arrivals implements EventQueue {
  readonly #queue: MemoryEventQueue;
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #times = new Map<string, number[]>();

  constructor(queue: MemoryEventQueue, clock: Pick<Clock, 'monotonicMs'>) {
    this.#queue = queue;
    this.#clock = clock;
  }

  async send(queue: string, message: QueueMessage, signal: AbortSignal): Promise<void> {
    await this.#queue.send(queue, message, signal);
    const times = this.#times.get(queue) ?? [];
    while (times.length < this.#queue.messages(queue).length) times.push(this.#clock.monotonicMs());
    this.#times.set(queue, times);
  }

  at(queue: string): readonly Arrival[] {
    const times = this.#times.get(queue) ?? [];
    return this.#queue.messages(queue).map((message, index) => ({ message, atMs: times[index] ?? 0 }));
  }
}
