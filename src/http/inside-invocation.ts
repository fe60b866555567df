import { continueTrace } from '../envelope/event-identity.js';
import type { InvocationScope } from '../observability/invocation.js';
import type { Log } from '../observability/log/log.js';
import type { Metrics } from '../observability/metrics/metrics.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

export interface InvocationPorts {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly scope: InvocationScope;
  /** `bytes` random bytes as lower-case hex. */
  readonly newHex: (bytes: number) => string;
  /** Called when an invocation has ended. */
  readonly onEnd: () => void;
}

/** Runs a handler so that all it logs and reports belongs to its invocation, and a bug in it leaves as a bare 500. */
export const insideInvocation =
  ({ log, metrics, scope, newHex, onEnd }: InvocationPorts) =>
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
