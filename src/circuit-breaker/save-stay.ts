import type { Clock } from '../time/clock.js';
import type { CircuitBreakerOptions } from './circuit-breaker-options.js';
import type { Stay } from './circuit-state.js';
import { FailureRun } from './failure-run.js';
import type { SavedCircuitState } from './saved-state.js';
import { createRateWindow } from './trip-rules.js';

const blank = {
  version: 1,
  remainingCoolDownMs: 0,
  openings: 0,
  consecutiveFailures: 0,
  successes: 0,
  failureAgesMs: [],
} as const;

/** What is worth keeping of a stay. */
export const saveStay = (stay: Stay, nowMs: number, { windowMs }: CircuitBreakerOptions): SavedCircuitState => {
  switch (stay.kind) {
    case 'Closed':
      return { ...blank, kind: stay.kind, failureAgesMs: stay.run?.agesMs(nowMs, windowMs) ?? [] };
    case 'Open': {
      const { kind, openings, consecutiveFailures } = stay;
      const remainingCoolDownMs = Math.max(0, stay.untilMs - nowMs);
      return { ...blank, kind, openings, consecutiveFailures, remainingCoolDownMs };
    }
    case 'HalfOpen': {
      const { kind, openings, consecutiveFailures, successes } = stay;
      return { ...blank, kind, openings, consecutiveFailures, successes };
    }
    case 'ForcedOpen':
    case 'Disabled':
      return { ...blank, kind: stay.kind };
  }
};

/** The stay that was saved, beginning now: the cool-down goes on where it was, no probe runs. */
export const restoreStay = (saved: SavedCircuitState, clock: Clock, options: CircuitBreakerOptions): Stay => {
  const { kind, openings, consecutiveFailures, successes, remainingCoolDownMs } = saved;
  const nowMs = clock.monotonicMs();
  switch (kind) {
    case 'Closed': {
      const oldestFirst = saved.failureAgesMs.toSorted((one, other) => other - one).slice(-options.failureThreshold);
      let run: FailureRun | undefined;
      for (const ageMs of oldestFirst) {
        run ??= new FailureRun();
        run.add(nowMs - ageMs, options.windowMs);
      }
      return { kind, run, window: createRateWindow(options) };
    }
    case 'Open':
      return { kind, untilMs: nowMs + remainingCoolDownMs, draw: 0, openings, consecutiveFailures };
    case 'HalfOpen':
      return { kind, openings, consecutiveFailures, successes, probes: 0 };
    case 'ForcedOpen':
    case 'Disabled':
      return { kind };
  }
};
