import { type Bot, burstQueueOf } from '../../src/routing/bot.js';
import { archiveBacklogQueue } from '../../src/routing/event-queue.js';

/** How one local queue behaves; the same words and numbers as a queue's properties in Azure Service Bus. */
export interface QueueDefinition {
  readonly name: string;
  readonly requiresSession: boolean;
  readonly requiresDuplicateDetection: boolean;
  readonly duplicateWindowMs: number;
  readonly lockDurationMs: number;
  readonly maxDeliveryCount: number;
  /** The largest message a sender may send, and what its link announces. */
  readonly maxMessageBytes: number;
  /** All that the queue and its dead letters may hold together. */
  readonly maxQueueBytes: number;
  /** How long a message waits before it is dead-lettered; a message's own, shorter time wins. Absent: for ever. */
  readonly ttlMs?: number;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** A queue as `infra/` makes it (Standard tier, 256 KB messages), but for the changes given. */
export function queueDefinition(name: string, changes: Partial<QueueDefinition> = {}): QueueDefinition {
  return {
    requiresSession: false,
    requiresDuplicateDetection: true,
    duplicateWindowMs: dayMs,
    lockDurationMs: minuteMs,
    maxDeliveryCount: 10,
    maxMessageBytes: 256 * 1024,
    maxQueueBytes: 5120 * 1024 * 1024,
    ttlMs: 14 * dayMs,
    ...changes,
    name,
  };
}

/** A message of the backlog comes back with every run of the timer while storage is down: that must not wear it out. */
const backlogDeliveryCount = 1_000;

/** What a killed instance had received waits for so long; moving one takes half of it at the most. */
const backlogLockMs = 30_000;

/** Where a coalescing bot's events wait, as `infra/` makes it. */
function burstQueueDefinition(queue: string): QueueDefinition {
  return queueDefinition(burstQueueOf(queue), {
    requiresSession: true,
    maxDeliveryCount: backlogDeliveryCount,
    lockDurationMs: minuteMs,
  });
}

/** The queues that `bots` need on this machine, each once, those where bursts wait, and where the archive's payloads wait. */
export function queueDefinitionsFor(
  bots: readonly Pick<Bot, 'queue' | 'ordered' | 'coalesce'>[],
  backlogs: readonly string[] = [archiveBacklogQueue],
): readonly QueueDefinition[] {
  const byName = new Map(
    bots.map(({ queue, ordered }) => [queue, queueDefinition(queue, { requiresSession: ordered })] as const),
  );
  for (const { queue, coalesce } of bots)
    if (coalesce !== undefined) byName.set(burstQueueOf(queue), burstQueueDefinition(queue));
  for (const backlog of backlogs)
    byName.set(
      backlog,
      queueDefinition(backlog, { maxDeliveryCount: backlogDeliveryCount, lockDurationMs: backlogLockMs }),
    );
  return [...byName.values()];
}
