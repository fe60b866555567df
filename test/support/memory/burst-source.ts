import { type BurstSource, mostCounted, type WaitingEvent } from '../../../src/coalescing/burst-source.js';
import { sendAborted } from '../../../src/routing/classify-queue-error.js';
import type { QueueMessage } from '../../../src/routing/event-queue.js';
import { QueueError } from '../../../src/routing/queue-error.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The port in memory, with what a test needs to look inside. */
export interface MemoryBurstSource extends BurstSource {
  /** What was not taken out, due or not. */
  waiting(queue: string): readonly QueueMessage[];
}

const lockMs = 60_000;

/** Burst queues in memory over the messages that `all` answers, oldest first; a lock ends with the clock, as Service Bus's does. */
export const createMemoryBurstSource = (
  all: (queue: string) => readonly QueueMessage[],
  clock: Clock,
): MemoryBurstSource => {
  const done = new Set<QueueMessage>();
  const states = new Map<string, Buffer>();
  const locks = new Map<string, { readonly untilMs: number }>();

  const waiting = (queue: string) => all(queue).filter((message) => !done.has(message));
  const dueAtMs = ({ dueAt }: QueueMessage): number => dueAt?.getTime() ?? 0;
  const eventsOf = (queue: string, sessionId: string): readonly WaitingEvent[] =>
    waiting(queue)
      .map((message, place) => ({ message, place }))
      .filter(({ message }) => message.sessionId === sessionId)
      .toSorted((one, other) => dueAtMs(one.message) - dueAtMs(other.message) || one.place - other.place)
      .map(({ message }, sequence) => ({
        message,
        sequence,
        dueAtMs: dueAtMs(message),
        isDue: dueAtMs(message) <= clock.epochMs(),
      }));

  const isHeldNow = (key: string): boolean => (locks.get(key)?.untilMs ?? 0) > clock.epochMs();

  return {
    waiting,
    count: (queue, signal) =>
      stopOnAbort(signal, sendAborted, async () => {
        const counted = waiting(queue).slice(0, mostCounted);
        const bursts = new Set(counted.map(({ sessionId }) => sessionId)).size;
        return { bursts, ...(bursts > 0 && { oldestDueAtMs: Math.min(...counted.map(dueAtMs)) }) };
      }),
    next: (queue, signal) =>
      stopOnAbort(signal, sendAborted, async () => {
        const due = waiting(queue).filter((message) => dueAtMs(message) <= clock.epochMs());
        const sessionIds = due.flatMap(({ sessionId }) => sessionId ?? []);
        const sessionId = sessionIds.find((one) => !isHeldNow(`${queue} ${one}`));
        if (sessionId === undefined) return undefined;
        const key = `${queue} ${sessionId}`;
        const lock = { untilMs: clock.epochMs() + lockMs };
        locks.set(key, lock);
        const held = <T>(inner: AbortSignal, work: () => T): Promise<T> =>
          stopOnAbort(inner, sendAborted, async () => {
            const isHeld = locks.get(key) === lock && lock.untilMs > clock.epochMs();
            if (!isHeld) throw new QueueError('refused', 'The lock is not there any more');
            return work();
          });
        return {
          sessionId,
          waiting: (inner) => held(inner, () => eventsOf(queue, sessionId)),
          readState: (inner) => held(inner, () => states.get(key)),
          writeState: (state, inner) =>
            held(inner, () => void (state === undefined ? states.delete(key) : states.set(key, state))),
          complete: (count, inner) =>
            held(inner, () => {
              const due = eventsOf(queue, sessionId).filter(({ isDue }) => isDue);
              for (const { message } of due.slice(0, count)) done.add(message);
            }),
          close: async () => {
            if (locks.get(key) === lock) locks.delete(key);
          },
        };
      }),
  };
};
