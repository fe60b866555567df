import type { Log, LogLevel } from '../observability/log.js';
import type { Clock } from '../time/clock.js';
import type { DrainArchiveBacklog } from './drain-archive-backlog.js';
import type { DrainOutbox } from './drain-outbox.js';
import type { OutboxFigures, ReadOutboxFigures } from './outbox-figures.js';

export interface DrainPorts {
  readonly drainArchiveBacklog: DrainArchiveBacklog;
  readonly drainOutbox: DrainOutbox;
  /** What is left, asked after a run that was not idle. */
  readonly figures: ReadOutboxFigures;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Below `functionTimeout` of host.json (5 minutes), with room for what the timer does before, and for what is under way when it ends. */
const timeLimitMs = 200_000;
const backlogShare = 0.5;

interface Counts {
  readonly deadLettered: number;
  readonly stoppedBy?: string;
}

const levelOf = ({ deadLettered, stoppedBy }: Counts, moved: number): LogLevel => {
  if (deadLettered > 0) return 'error';
  if (stoppedBy !== undefined) return 'warn';
  return moved > 0 ? 'info' : 'debug';
};

/** How many records wait and how old the oldest is, where that is known. */
const known = ({ pending, oldestSeconds }: OutboxFigures) => ({
  ...(pending !== null && { pending }),
  ...(oldestSeconds !== null && { oldestSeconds }),
});

/**
 * One run of the timer: what storage missed goes into the archive, then what queues are owed is delivered. Each leaves one log
 * line. Answers whether it came to the end. May be killed anywhere and run by several instances at once.
 */
export const createDrain =
  ({ drainArchiveBacklog, drainOutbox, figures, clock, log }: DrainPorts): (() => Promise<boolean>) =>
  async () => {
    const startedMs = clock.monotonicMs();
    const durationMs = () => Math.round(clock.monotonicMs() - startedMs);
    const backlog = await drainArchiveBacklog(startedMs + timeLimitMs * backlogShare);
    const { emptied, ...moved } = backlog;
    log.write(levelOf(moved, moved.archived), 'archive-backlog.drained', { ...moved, durationMs: durationMs() });
    const outbox = await drainOutbox({ untilMs: startedMs + timeLimitMs, inOrder: emptied });
    const outboxLevel = levelOf(outbox, outbox.delivered + outbox.failed);
    const left = outboxLevel === 'debug' ? {} : known(await figures());
    log.write(outboxLevel, 'outbox.drained', { ...outbox, ...left, durationMs: durationMs() });
    return backlog.stoppedBy === undefined && outbox.stoppedBy === undefined;
  };
