import type { Clock } from '../../../src/time/clock.js';
import type { RpcTypedData } from '../core/rpc-messages.js';
import type { HostLog } from '../host-log.js';
import type { ScheduleStatus, ScheduleStatusStore } from './schedule-status.js';
import type { TimerSchedule } from './timer-schedule.js';

export interface TimerListenerOptions {
  readonly functionName: string;
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  /** Asked for by the app; a timer that fires more than once a minute is never monitored. */
  readonly useMonitor: boolean;
  readonly clock: Clock;
  readonly store: ScheduleStatusStore;
  readonly log: HostLog;
  /** Runs the function once. Must not throw. */
  readonly invoke: (timer: RpcTypedData) => Promise<void>;
}

/** Longest wait that `setTimeout` can hold, less a little. */
const longestWaitMs = 24 * 24 * 60 * 60 * 1000;

/** .NET's `DateTime` default, which the host reports for a timer that never ran. */
const never = '0001-01-01T00:00:00';

/** Fires one timer function on its schedule: never twice at once, and at once when an occurrence was missed. */
export class TimerListener {
  readonly #options: TimerListenerOptions;
  readonly #monitored: boolean;
  #status: ScheduleStatus = {};
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(options: TimerListenerOptions) {
    this.#options = options;
    const first = options.schedule.next(options.clock.epochMs()) ?? 0;
    const second = options.schedule.next(first) ?? Number.POSITIVE_INFINITY;
    this.#monitored = options.useMonitor && second - first >= 60_000;
  }

  async start(): Promise<void> {
    const { clock, runOnStartup } = this.#options;
    const nowMs = clock.epochMs();
    const missed = await this.#restore(nowMs);
    if (missed || runOnStartup) this.#wait(0, () => this.#run(missed));
    else this.#waitForNext();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  /** The timer as the host describes it to the worker. */
  timerData(isPastDue: boolean): RpcTypedData {
    return {
      json: JSON.stringify({
        Schedule: { AdjustForDST: this.#options.schedule.adjustForDst },
        ScheduleStatus: this.#monitored ? statusData(this.#status) : null,
        IsPastDue: isPastDue,
      }),
    };
  }

  /** Takes up what an earlier run wrote down; answers whether an occurrence was missed since. */
  async #restore(nowMs: number): Promise<boolean> {
    const { schedule, store, functionName } = this.#options;
    const recorded = this.#monitored ? await store.read(functionName) : undefined;
    const sameSchedule = recorded?.nextMs === schedule.next(recorded?.lastMs ?? recorded?.lastUpdatedMs ?? nowMs);
    if (recorded?.nextMs !== undefined && sameSchedule) {
      this.#status = recorded;
      return nowMs > recorded.nextMs;
    }
    await this.#remember({ ...lastOf(recorded), ...nextOf(schedule, nowMs), lastUpdatedMs: nowMs });
    return false;
  }

  #waitForNext(): void {
    const { nextMs } = this.#status;
    if (nextMs === undefined) return;
    const delayMs = Math.max(0, nextMs - this.#options.clock.epochMs());
    if (delayMs > longestWaitMs) this.#wait(longestWaitMs, () => this.#waitForNext());
    else this.#wait(delayMs, () => this.#run(false));
  }

  #wait(delayMs: number, then: () => void): void {
    if (!this.#stopped) this.#cancel = this.#options.clock.startTimer(delayMs, then);
  }

  async #run(isPastDue: boolean): Promise<void> {
    const { clock, schedule, invoke } = this.#options;
    const startedMs = clock.epochMs();
    await invoke(this.timerData(isPastDue));
    const lastMs = isPastDue ? startedMs : Math.max(startedMs, this.#dueBy(startedMs));
    await this.#remember({ lastMs, ...nextOf(schedule, lastMs), lastUpdatedMs: lastMs });
    this.#waitForNext();
  }

  /** A timer may fire a moment early; the occurrence it fired for must not come up again. */
  #dueBy(startedMs: number): number {
    const { nextMs = startedMs } = this.#status;
    return nextMs - startedMs < 1_000 ? nextMs : startedMs;
  }

  async #remember(status: ScheduleStatus): Promise<void> {
    const { store, functionName, log } = this.#options;
    this.#status = status;
    if (!this.#monitored) return;
    try {
      await store.write(functionName, status);
    } catch (error) {
      const message = `The schedule of '${functionName}' could not be written down: ${String(error)}`;
      log({ level: 'warning', category: 'Host.Triggers.Timer', message });
    }
  }
}

const nextOf = (schedule: TimerSchedule, afterMs: number): ScheduleStatus => {
  const nextMs = schedule.next(afterMs);
  return nextMs === undefined ? {} : { nextMs };
};

const lastOf = (status: ScheduleStatus | undefined): ScheduleStatus =>
  status?.lastMs === undefined ? {} : { lastMs: status.lastMs };

const statusData = ({ lastMs, nextMs, lastUpdatedMs }: ScheduleStatus) => ({
  Last: iso(lastMs),
  Next: iso(nextMs),
  LastUpdated: iso(lastUpdatedMs),
});

const iso = (ms: number | undefined): string => (ms === undefined ? never : new Date(ms).toISOString());
