import type { Log, LogLevel } from '../observability/log/log.js';
import type { QuarantineReport } from './drain-quarantine.js';

const levelOf = ({ kept, refused, putAside, stoppedBy }: QuarantineReport): LogLevel => {
  if (stoppedBy.length > 0) return 'warn';
  return kept + refused + putAside > 0 ? 'info' : 'debug';
};

/** The one line that each run over the quarantine leaves. */
export const logQuarantineRun = (log: Log, report: QuarantineReport, durationMs: number): void => {
  const { kept, refused, putAside, stoppedBy } = report;
  log.write(levelOf(report), 'quarantine.drained', { kept, refused, putAside, stoppedBy, durationMs });
};
