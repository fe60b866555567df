import type { Log } from '../log/log.js';
import type { Telemetry, TelemetryItem } from './telemetry.js';

export interface LazyTelemetryPorts {
  /** Loads the real telemetry; asked once. It calls `onFailure` with a short reason when it cannot send. */
  readonly load: (onFailure: (reason: string) => void) => Promise<Telemetry>;
  readonly clock: { startTimer(delayMs: number, onElapsed: () => void): () => void };
  readonly log: Log;
}

/** Long after the answer of the first request, whose cold start nothing here may lengthen. */
const loadDelayMs = 5_000;
const maxWaiting = 2_000;
const flushDeadlineMs = 4_000;

/** Resolves when `work` ends, however, or the deadline passes. */
const within = async (clock: LazyTelemetryPorts['clock'], work: Promise<unknown>): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.startTimer(flushDeadlineMs, resolve);
  await Promise.race([work.catch(() => {}), promise]);
  cancel();
};

/**
 * Telemetry that loads its adapter some seconds after the first record, or at the first flush if that comes earlier. Until then
 * records wait, the oldest 2000 of them; a failure is told once in the log and reaches nobody else.
 */
export const createLazyTelemetry = ({ load, clock, log }: LazyTelemetryPorts): Telemetry => {
  const waiting: TelemetryItem[] = [];
  let loading: Promise<Telemetry | undefined> | undefined;
  let loaded: Telemetry | undefined;
  let planned = false;
  let failed = false;

  const fail = (stage: 'load' | 'record' | 'send', fault: unknown): void => {
    if (failed) return;
    failed = true;
    const error = fault instanceof Error ? fault.name : String(fault);
    log.write('warn', 'telemetry.failed', { stage, error });
  };

  const pass = (telemetry: Telemetry, item: TelemetryItem): void => {
    try {
      telemetry.record(item);
    } catch (fault) {
      fail('record', fault);
    }
  };

  const start = async (): Promise<Telemetry | undefined> => {
    try {
      const telemetry = await load((reason) => fail('send', reason));
      loaded = telemetry;
      for (const item of waiting.splice(0)) pass(telemetry, item);
      return telemetry;
    } catch (fault) {
      fail('load', fault);
      waiting.length = 0;
      return undefined;
    }
  };

  const begin = (): Promise<Telemetry | undefined> => {
    loading ??= start();
    return loading;
  };

  return {
    record(item) {
      if (loaded !== undefined) return pass(loaded, item);
      if (!failed && waiting.length < maxWaiting) waiting.push(item);
      if (planned) return;
      planned = true;
      clock.startTimer(loadDelayMs, () => void begin());
    },
    async flush() {
      if (loaded === undefined && waiting.length === 0) return;
      await within(
        clock,
        begin().then((telemetry) => telemetry?.flush()),
      );
    },
  };
};
