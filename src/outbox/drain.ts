import type { Clock } from '../circuit-breaker/clock.js';
import type { Log, LogLevel } from '../observability/log.js';
import type { DrainArchiveBacklog } from './drain-archive-backlog.js';
import type { DrainOutbox } from './drain-outbox.js';

export interface DrainPorts {
  readonly drainArchiveBacklog: DrainArchiveBacklog;
  readonly drainOutbox: DrainOutbox;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Below `functionTimeout` of host.json (5 minutes), with room for what is under way when it ends. */
const timeLimitMs = 240_000;
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

/**
 * One run of the timer: what storage missed goes into the archive, then what queues are owed is delivered. Each leaves one log
 * line. May be killed anywhere and run by several instances at once.
 */
export const createDrain =
  ({ drainArchiveBacklog, drainOutbox, clock, log }: DrainPorts): (() => Promise<void>) =>
  async () => {
    const startedMs = clock.monotonicMs();
    const durationMs = () => Math.round(clock.monotonicMs() - startedMs);
    const backlog = await drainArchiveBacklog(startedMs + timeLimitMs * backlogShare);
    const level = levelOf(backlog, backlog.archived);
    log.write(level, 'archive-backlog.drained', { ...backlog, durationMs: durationMs() });
    const outbox = await drainOutbox(startedMs + timeLimitMs);
    const outboxLevel = levelOf(outbox, outbox.delivered + outbox.failed);
    log.write(outboxLevel, 'outbox.drained', { ...outbox, durationMs: durationMs() });
  };
