import type { InvocationContext, Timer } from '@azure/functions';
import { continueTrace } from '../envelope/event-identity.js';
import { problem } from '../http/problems.js';
import type { HttpHandler } from '../http/receive-webhook.js';
import type { InvocationScope, Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';

export interface InvocationPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  /** Called when an invocation has ended. */
  readonly onEnd: () => void;
}

export interface RequestPorts extends InvocationPorts {
  /** `bytes` random bytes as lower-case hex. */
  readonly newHex: (bytes: number) => string;
}

/** Runs a handler so that all it logs and reports belongs to its invocation, and a bug in it leaves as a bare 500. */
export const insideInvocation =
  ({ log, metrics, scope, newHex, onEnd }: RequestPorts) =>
  (handler: HttpHandler): HttpHandler =>
  (request, context) => {
    const incoming = request.headers.get('traceparent');
    const traceparent = continueTrace({ incoming, platform: context.traceContext?.traceParent, newHex });
    const work = async () => {
      try {
        return await handler(request, context);
      } catch (bug) {
        metrics.count('breakwater_internal_errors_total', {});
        log.write('error', 'request.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        return problem('InternalError', { detail: 'The request was not processed. Send it again later.' });
      } finally {
        onEnd();
      }
    };
    return scope.run(traceparent, context, work);
  };

export type TimerHandler = (timer: Timer, context: InvocationContext) => Promise<void>;

export interface TimerPorts extends InvocationPorts {
  readonly work: () => Promise<void>;
}

/** Runs a timer's work so that everything it logs and reports belongs to its invocation, and a bug ends it with a failure without details. */
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
    return scope.run(context.traceContext?.traceParent, context, run);
  };
