import type { InvocationLog } from '../observability/invocation-log.js';
import type { Metrics } from '../observability/metrics.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

/** Runs a handler so that all it logs belongs to its invocation, and a bug in it leaves as a bare 500. */
export const insideInvocation =
  (log: InvocationLog, metrics: Metrics) =>
  (handler: HttpHandler): HttpHandler =>
  (request, context) =>
    log.run(context, async () => {
      try {
        return await handler(request, context);
      } catch (bug) {
        metrics.count('breakwater_internal_errors_total', {});
        log.write('error', 'request.failed', { error: bug instanceof Error ? bug.name : typeof bug });
        return problem('InternalError', { detail: 'The request was not processed. Send it again later.' });
      }
    });
