import type { InvocationLog } from './invocation-log.js';
import type { InvocationScope } from './invocation-scope.js';

/** The same log, each of whose lines says which invocation it belongs to, unless it names the correlation id of something else. */
export const correlatedLog = (log: InvocationLog, scope: InvocationScope): InvocationLog => ({
  run: (sink, work) => log.run(sink, work),
  write(level, event, fields) {
    const correlationId = scope.current()?.correlationId;
    const stands = correlationId === undefined || fields['correlationId'] !== undefined;
    log.write(level, event, stands ? fields : { correlationId, ...fields });
  },
});
