import { describe, expect, test } from 'vitest';
import type { HostLogEntry } from '../../../../../local/functions-host/host-log.js';
import {
  memoryScheduleStatus,
  type ScheduleStatusStore,
} from '../../../../../local/functions-host/timers/schedule-status.js';
import { TimerListener } from '../../../../../local/functions-host/timers/timer-listener.js';
import { readTimerSchedule } from '../../../../../local/functions-host/timers/timer-schedule.js';
import { ManualClock } from '../../../../support/manual-clock.js';

interface TimerInfo {
  readonly IsPastDue: boolean;
  readonly ScheduleStatus: { readonly Last: string; readonly Next: string } | null;
}

interface Settings {
  readonly schedule?: string;
  readonly runOnStartup?: boolean;
  readonly useMonitor?: boolean;
  readonly clock?: ManualClock;
  readonly store?: ScheduleStatusStore;
}

const set = (settings: Settings = {}) => {
  const { schedule = '00:05:00', runOnStartup = false, useMonitor = true } = settings;
  const { clock = new ManualClock(), store = memoryScheduleStatus() } = settings;
  const runs: TimerInfo[] = [];
  const lines: HostLogEntry[] = [];
  let running: PromiseWithResolvers<void> | undefined;
  const listener = new TimerListener({
    functionName: 'drain',
    schedule: readTimerSchedule(schedule, {}),
    runOnStartup,
    useMonitor,
    clock,
    store,
    log: (line) => lines.push(line),
    invoke: async ({ json }) => {
      runs.push(JSON.parse(json ?? ''));
      await running?.promise;
    },
  });
  return {
    clock,
    store,
    runs,
    lines,
    listener,
    hold: () => {
      running = Promise.withResolvers();
      return running.resolve;
    },
    /** Moves time on and lets what it started come to rest. */
    pass: async (ms: number) => {
      clock.advance(ms);
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    },
  };
};

const minutes = 60_000;

/** Timers may fire up to a millisecond before their time. */
class EarlyClock extends ManualClock {
  override startTimer(delayMs: number, onElapsed: () => void): () => void {
    return super.startTimer(delayMs - 1, onElapsed);
  }
}

describe('timer listener', () => {
  test('it fires on the schedule and not before', async () => {
    const timer = set();
    await timer.listener.start();

    await timer.pass(5 * minutes - 1);
    expect(timer.runs).toHaveLength(0);

    await timer.pass(1);
    await timer.pass(5 * minutes);
    expect(timer.runs).toHaveLength(2);
  });

  test('an occurrence that comes while the function still runs waits for its end', async () => {
    const timer = set();
    const finish = timer.hold();
    await timer.listener.start();

    await timer.pass(5 * minutes);
    await timer.pass(12 * minutes);
    expect(timer.runs).toHaveLength(1);

    finish();
    await timer.pass(0);
    await timer.pass(0);
    expect(timer.runs).toHaveLength(2);
  });

  test('it tells the function when it last ran and was due', async () => {
    const timer = set({ clock: new ManualClock('2026-01-01T00:00:00.000Z') });
    await timer.listener.start();

    await timer.pass(5 * minutes);
    await timer.pass(5 * minutes);

    expect(timer.runs.map(({ ScheduleStatus }) => ScheduleStatus)).toMatchObject([
      { Last: '0001-01-01T00:00:00', Next: '2026-01-01T00:05:00.000Z' },
      { Last: '2026-01-01T00:05:00.000Z', Next: '2026-01-01T00:10:00.000Z' },
    ]);
  });

  test('with runOnStartup it fires at once, then on the schedule', async () => {
    const timer = set({ runOnStartup: true });
    await timer.listener.start();

    await timer.pass(0);
    expect(timer.runs).toMatchObject([{ IsPastDue: false }]);

    await timer.pass(5 * minutes);
    expect(timer.runs).toHaveLength(2);
  });

  test('an occurrence missed between two runs of the host is made up for once', async () => {
    const first = set();
    await first.listener.start();
    await first.pass(5 * minutes);
    first.listener.stop();
    await first.pass(60 * minutes);

    const second = set({ clock: first.clock, store: first.store });
    await second.listener.start();
    await second.pass(0);

    expect(first.runs).toHaveLength(1);
    expect(second.runs).toMatchObject([{ IsPastDue: true }]);
  });

  test('a changed schedule is not past due', async () => {
    const first = set();
    await first.listener.start();
    await first.pass(60_000);
    first.listener.stop();
    await first.pass(60 * minutes);

    const second = set({ clock: first.clock, store: first.store, schedule: '00:07:00' });
    await second.listener.start();
    await second.pass(0);
    expect(second.runs).toHaveLength(0);

    await second.pass(7 * minutes);
    expect(second.runs).toMatchObject([{ IsPastDue: false }]);
  });

  test.each([
    { schedule: '00:00:30', useMonitor: true },
    { schedule: '00:05:00', useMonitor: false },
  ])('$schedule with monitoring $useMonitor is not remembered', async ({ schedule, useMonitor }) => {
    const timer = set({ schedule, useMonitor });
    await timer.listener.start();
    await timer.pass(5 * minutes);

    expect(timer.runs[0]).toMatchObject({ ScheduleStatus: null });
    expect(await timer.store.read('drain')).toBeUndefined();
  });

  test('an occurrence fires once though the timer comes a moment early', async () => {
    const timer = set({ schedule: '0 */5 * * * *', clock: new EarlyClock('2026-01-01T00:04:00.000Z') });
    await timer.listener.start();

    await timer.pass(60_000 - 1);
    expect(timer.runs).toHaveLength(1);

    await timer.pass(4 * minutes);
    expect(timer.runs).toHaveLength(1);
  });

  test('a wait longer than a timer can hold is taken in parts', async () => {
    const timer = set({ schedule: '40.00:00:00' });
    await timer.listener.start();

    await timer.pass(39 * 24 * 60 * minutes);
    expect(timer.runs).toHaveLength(0);

    await timer.pass(24 * 60 * minutes);
    expect(timer.runs).toHaveLength(1);
  });

  test('after its stop nothing fires any more', async () => {
    const timer = set();
    const finish = timer.hold();
    await timer.listener.start();
    await timer.pass(5 * minutes);

    timer.listener.stop();
    finish();
    await timer.pass(60 * minutes);

    expect(timer.runs).toHaveLength(1);
    expect(timer.clock.pendingTimers).toBe(0);
  });

  test('a schedule that cannot be written down is logged and goes on', async () => {
    const broken: ScheduleStatusStore = {
      read: async () => undefined,
      write: async () => Promise.reject(new Error('disk full')),
    };
    const timer = set({ store: broken });
    await timer.listener.start();

    await timer.pass(10 * minutes);

    expect(timer.runs.length).toBeGreaterThan(0);
    expect(timer.lines.map(({ message }) => message).join()).toContain('disk full');
  });
});
