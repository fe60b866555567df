import type { InvocationContext, Timer } from '@azure/functions';
import type { InvocationScope } from './invocation-scope.js';
import type { InvocationLog } from './log/invocation-log.js';
import type { Metrics } from './metrics/metrics.js';

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

export interface TimerPorts {
  readonly log: InvocationLog;
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  readonly work: () => Promise<void>;
  /** Called when an invocation has ended. */
  readonly onEnd: () => void;
}

/** Runs a timer's work so that all it logs and reports belongs to its invocation, and a bug in it leaves as a bare failure. */
export const createTimerHandler =
  ({ log, metrics, scope, work, onEnd }: TimerPorts): TimerHandler =>
  (_timer, context) => {
    const run = async () => {
      try {
        await work();
      } catch (bug) {
        metrics.count('breakwater_internal_errors_total', {});
        log.write('error', 'timer.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        throw new Error(`${context.functionName} failed`);
      } finally {
        onEnd();
      }
    };
    return scope.run(context.traceContext?.traceParent, () => log.run(context, run));
  };
