import type { Log, LogLevel } from '../observability/log.js';
import type { Clock } from '../time/clock.js';
import type { BacklogReport, DrainArchiveBacklog } from './drain-archive-backlog.js';
import type { DrainOutbox } from './drain-outbox.js';
import type { DrainReport } from './drain-run.js';
import type { OutboxFigures, ReadOutboxFigures } from './outbox-figures.js';

/** What one namespace holds for the archive, and what its queues are owed. */
export interface NamespaceDrain {
  readonly drainArchiveBacklog: DrainArchiveBacklog;
  readonly drainOutbox: DrainOutbox;
  readonly log: Log;
}

export interface DrainPorts {
  /** Side by side: one that fails holds up no other. */
  readonly namespaces: readonly NamespaceDrain[];
  /** What is left, asked after a run that was not idle. */
  readonly figures: ReadOutboxFigures;
  readonly clock: Pick<Clock, 'monotonicMs'>;
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
 * A backlog may hold copies that another namespace's queues are owed: in order means that they are all empty. One that cannot be
 * reached holds up the queues of its own namespace alone.
 */
const inOrderFor = (own: BacklogReport, all: readonly BacklogReport[]): boolean =>
  own.emptied && all.every(({ emptied, stoppedBy }) => emptied || stoppedBy === 'service-bus');

/**
 * One run of the timer: what storage missed goes into the archive, then what queues are owed is delivered. Each leaves one log
 * line. Answers whether it came to the end. May be killed anywhere and run by several instances at once.
 */
export const createDrain =
  ({ namespaces, figures, clock }: DrainPorts): (() => Promise<boolean>) =>
  async () => {
    const startedMs = clock.monotonicMs();
    const durationMs = () => Math.round(clock.monotonicMs() - startedMs);
    const moveBacklog = async ({ drainArchiveBacklog, log }: NamespaceDrain): Promise<BacklogReport> => {
      const backlog = await drainArchiveBacklog(startedMs + timeLimitMs * backlogShare);
      const { emptied, ...moved } = backlog;
      log.write(levelOf(moved, moved.archived), 'archive-backlog.drained', { ...moved, durationMs: durationMs() });
      return backlog;
    };
    const deliver = async ({ drainOutbox, log }: NamespaceDrain, inOrder: boolean): Promise<DrainReport> => {
      const outbox = await drainOutbox({ untilMs: startedMs + timeLimitMs, inOrder });
      const level = levelOf(outbox, outbox.delivered + outbox.failed);
      const left = level === 'debug' ? {} : known(await figures());
      log.write(level, 'outbox.drained', { ...outbox, ...left, durationMs: durationMs() });
      return outbox;
    };
    const backlogs = await Promise.all(namespaces.map(moveBacklog));
    const outboxes = await Promise.all(
      namespaces.map((namespace, index) => {
        const own = backlogs[index];
        return deliver(namespace, own !== undefined && inOrderFor(own, backlogs));
      }),
    );
    return [...backlogs, ...outboxes].every(({ stoppedBy }) => stoppedBy === undefined);
  };
