import type { InvocationContext, Timer } from '@azure/functions';
import type { InvocationLog } from './invocation-log.js';
import type { Metrics } from './metrics.js';

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

/** Runs a timer's work so that all it logs belongs to its invocation, and a bug in it leaves as a bare failure. */
export const createTimerHandler =
  (log: InvocationLog, metrics: Metrics, work: () => Promise<void>): TimerHandler =>
  (_timer, context) =>
    log.run(context, async () => {
      try {
        await work();
      } catch (bug) {
        metrics.count('breakwater_internal_errors_total', {});
        log.write('error', 'timer.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        throw new Error(`${context.functionName} failed`);
      }
    });
