import type { TimerRun } from '../outbox/drain/timer-runs.js';
import { type HealthCheck, isDegraded, isWell } from './health-check.js';

/** The longest time between two runs of a six-field NCRONTAB expression, roughly: a day for what is not by the hour. */
export const longestGapMs = (schedule: string): number => {
  const [seconds = '', minutes = '', hours = ''] = schedule.trim().split(/\s+/);
  const stepOf = (field: string): number | undefined => {
    if (field === '*') return 1;
    const step = /^\*\/(\d+)$/.exec(field)?.[1];
    return step === undefined ? undefined : Number(step);
  };
  const [bySeconds, byMinutes, byHours] = [stepOf(seconds), stepOf(minutes), stepOf(hours)];
  if (byHours === undefined) return 86_400_000;
  if (byHours > 1) return byHours * 3_600_000;
  if (byMinutes === undefined) return 3_600_000;
  if (byMinutes > 1) return byMinutes * 60_000;
  return bySeconds === undefined ? 60_000 : bySeconds * 1_000;
};

const leastPatienceMs = 300_000;

/** So many runs may be missed. */
const missedRuns = 3;

export interface TimerSight {
  readonly lastRun: TimerRun | null | undefined;
  readonly schedule: string;
  readonly nowEpochMs: number;
  /** For so long this process has been up: a timer that was never seen gets as much time from its start. */
  readonly uptimeMs: number;
}

const whatToDo =
  'Check that the function drainOutbox is enabled, that OUTBOX_SCHEDULE is what you mean, and that the app runs at all times (Always ready or Always On).';

/** Whether the outbox timer runs, on any instance. */
export const checkTimer = ({ lastRun, schedule, nowEpochMs, uptimeMs }: TimerSight): HealthCheck => {
  const patienceMs = Math.max(leastPatienceMs, longestGapMs(schedule) * missedRuns);
  if (lastRun === null) {
    const action = 'Blob Storage does not answer. See blob_storage_circuit and blob_storage_last_call.';
    return isDegraded({ message: 'When it last ran is not known now', action });
  }
  if (lastRun === undefined) {
    const message = 'Has not run yet';
    return uptimeMs < patienceMs ? isWell(message) : isDegraded({ message, action: whatToDo });
  }
  const message = `Last run ended at ${lastRun.endedAt}`;
  const ageMs = nowEpochMs - Date.parse(lastRun.endedAt);
  return ageMs < patienceMs ? isWell(message) : isDegraded({ message, action: whatToDo });
};
