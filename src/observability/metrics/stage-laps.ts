import type { LabelsOf } from './metric-catalogue.js';
import type { Metrics } from './metrics.js';

export type Stage = LabelsOf<'breakwater_webhook_stage_duration_seconds'>['stage'];

/** Starts a stopwatch. Each lap records the time since the one before, or since the start, as that stage's. */
export type StartLaps = () => (stage: Stage) => void;

interface Stopwatch {
  readonly metrics: Metrics;
  readonly clock: { monotonicMs(): number };
}

export const createStartLaps =
  ({ metrics, clock }: Stopwatch): StartLaps =>
  () => {
    let sinceMs = clock.monotonicMs();
    return (stage) => {
      const nowMs = clock.monotonicMs();
      metrics.observe('breakwater_webhook_stage_duration_seconds', { stage }, (nowMs - sinceMs) / 1000);
      sinceMs = nowMs;
    };
  };

/** The same function, each of whose calls is recorded as one lap, however it ends. */
export const timedStage =
  <Args extends readonly unknown[], R>(
    startLaps: StartLaps,
    stage: Stage,
    work: (...args: Args) => Promise<R>,
  ): ((...args: Args) => Promise<R>) =>
  async (...args) => {
    const lap = startLaps();
    try {
      return await work(...args);
    } finally {
      lap(stage);
    }
  };
