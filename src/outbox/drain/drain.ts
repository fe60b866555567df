import type { Log, LogLevel } from '../../observability/log/log.js';
import type { Clock } from '../../time/clock.js';
import type { ArchiveBacklogDrain, BacklogReport } from '../backlog/drain-archive-backlog.js';
import type { OutboxFigures, ReadOutboxFigures } from '../record/outbox-figures.js';
import type { DrainOutbox } from './drain-outbox.js';
import type { DrainReport, LeftElsewhere } from './drain-run.js';

/** What one namespace holds for the archive, and what its queues are owed. */
export interface NamespaceDrain {
  readonly archiveBacklog: ArchiveBacklogDrain;
  readonly drainOutbox: DrainOutbox;
  readonly log: Log;
}

export interface DrainPorts {
  /** Side by side: one that fails holds up no other. */
  readonly namespaces: readonly NamespaceDrain[];
  /** What is left, asked after a run that was not idle. */
  readonly figures: ReadOutboxFigures;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** For both steps together; what is under way then still ends, some seconds later. */
  readonly timeLimitMs: number;
}

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

/** What a namespace's backlog held, as far as it was moved. */
interface MovedBacklog {
  readonly report: BacklogReport;
  readonly whoIsLeft: ArchiveBacklogDrain['whoIsLeft'];
}

/**
 * A backlog may hold copies that another namespace's queues are owed, so what is left in any of them counts. One that cannot be
 * reached holds up the queues of its own namespace, and what is known to be behind a backlog.
 */
const leftElsewhereFor = async (own: MovedBacklog, all: readonly MovedBacklog[]): Promise<LeftElsewhere> => {
  const reached = all.filter((each) => each === own || each.report.stoppedBy !== 'service-bus');
  const isEverySeen = reached.length === all.length;
  const lanes = new Set<string>();
  for (const left of await Promise.all(reached.map(({ whoIsLeft }) => whoIsLeft()))) {
    if (left === 'all') return { lanes: 'all', isEverySeen };
    for (const lane of left) lanes.add(lane);
  }
  return { lanes, isEverySeen };
};

/** Work of the timer between the two steps: on what has come out of the backlog by then, and for what it makes owed. */
export type BetweenSteps = () => Promise<void>;

/**
 * How a run ended: nothing is left that it could move; something is, and another run may move it; or it moved nothing, and waits for no instance but
 * for a dependency.
 */
export type DrainEnd = 'complete' | 'left-something' | 'stuck';

const endOf = (backlogs: readonly BacklogReport[], outboxes: readonly DrainReport[]): DrainEnd => {
  const isWaiting = outboxes.some(({ waiting }) => waiting);
  const reports = [...backlogs, ...outboxes];
  if (!isWaiting && reports.every(({ stoppedBy }) => stoppedBy === undefined)) return 'complete';
  const moved =
    backlogs.some(({ archived }) => archived > 0) ||
    outboxes.some(({ delivered }) => delivered > 0) ||
    reports.some(({ deadLettered }) => deadLettered > 0);
  return moved || isWaiting ? 'left-something' : 'stuck';
};

/**
 * One run of the timer: what storage missed goes where it belongs, then what queues are owed is delivered. Each leaves one log
 * line. May be killed anywhere and run by several instances at once.
 */
export const createDrain =
  ({ namespaces, figures, clock, timeLimitMs }: DrainPorts): ((between?: BetweenSteps) => Promise<DrainEnd>) =>
  async (between) => {
    // Without the time that passes between the steps.
    let startedMs = clock.monotonicMs();
    const durationMs = () => Math.round(clock.monotonicMs() - startedMs);
    const moveBacklog = async ({ archiveBacklog, log }: NamespaceDrain): Promise<MovedBacklog> => {
      const moved = await archiveBacklog.move(startedMs + timeLimitMs * backlogShare);
      log.write(levelOf(moved, moved.archived), 'archive-backlog.drained', { ...moved, durationMs: durationMs() });
      return { report: moved, whoIsLeft: archiveBacklog.whoIsLeft };
    };
    const deliver = async (
      { drainOutbox, log }: NamespaceDrain,
      leftElsewhere: () => Promise<LeftElsewhere>,
    ): Promise<DrainReport> => {
      const outbox = await drainOutbox({ untilMs: startedMs + timeLimitMs, leftElsewhere });
      const { waiting: _, ...done } = outbox;
      const level = levelOf(outbox, outbox.delivered + outbox.failed);
      const left = level === 'debug' ? {} : known(await figures());
      log.write(level, 'outbox.drained', { ...done, ...left, durationMs: durationMs() });
      return outbox;
    };
    const backlogs = await Promise.all(namespaces.map(moveBacklog));
    const movedMs = clock.monotonicMs();
    await between?.();
    startedMs += clock.monotonicMs() - movedMs;
    const outboxes = await Promise.all(
      namespaces.map((namespace, index) => {
        const own = backlogs[index];
        return deliver(namespace, async () =>
          own === undefined ? { lanes: 'all', isEverySeen: false } : leftElsewhereFor(own, backlogs),
        );
      }),
    );
    return endOf(
      backlogs.map(({ report }) => report),
      outboxes,
    );
  };
