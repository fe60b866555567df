import type { Cause } from '../ingest/cause.js';
import type { EventOutcome, StoredBatch } from '../ingest/outcome.js';
import type { Log, LogFields, LogLevel } from '../observability/log/log.js';

interface OutcomeContext {
  readonly provider: string;
  readonly correlationId: string;
  readonly bytes: number;
  readonly durationMs: number;
  /** Why the breaker of that name saw its last call fail. */
  readonly lastReason: LastReason;
}

export type LastReason = (breaker: string) => string | undefined;

/** `blob-storage: unauthorized`; of a breaker that is open, with what opened it. */
const reasonsOf = (causes: readonly Cause[] | undefined, lastReason: LastReason): readonly string[] | undefined => {
  if (causes === undefined || causes.length === 0) return undefined;
  return causes.map(({ of, reason }) => {
    const before = reason === 'circuit-open' ? lastReason(of) : undefined;
    return `${of}: ${reason}${before === undefined ? '' : ` (${before})`}`;
  });
};

const described = (
  outcome: EventOutcome,
  lastReason: LastReason,
): { level: LogLevel; event: string; fields: LogFields } => {
  switch (outcome.kind) {
    case 'accepted':
    case 'deferred': {
      const { id, type, archived, routedTo, degraded, causes, duplicate, repeatedBody, secretVersion } = outcome;
      const reasons = reasonsOf(causes, lastReason);
      return {
        level: degraded.length > 0 || repeatedBody ? 'warn' : 'info',
        event: outcome.kind === 'deferred' ? 'webhook.deferred' : 'webhook.accepted',
        fields: { id, type, archived, routedTo, degraded, reasons, duplicate, repeatedBody, secretVersion },
      };
    }
    case 'handshake':
      return { level: 'info', event: 'webhook.handshake', fields: { secretVersion: outcome.secretVersion } };
    case 'rejected':
      return {
        level: 'warn',
        event: 'webhook.rejected',
        fields: { code: outcome.code, reason: outcome.reason, suspicious: outcome.suspicious },
      };
    case 'unavailable': {
      const { code, service, causes, retryAfterMs, archived, deferred, quarantine, event } = outcome;
      const reasons = reasonsOf(causes, lastReason);
      return {
        level: 'error',
        event: 'webhook.unavailable',
        fields: { ...event, code, service, reasons, retryAfterMs, archived, deferred, quarantine },
      };
    }
  }
};

/** The one structured line that each event leaves: failures are errors, degradation is a warning. */
export const logOutcome = (log: Log, outcome: EventOutcome, context: OutcomeContext): void => {
  const { lastReason, ...facts } = context;
  const { level, event, fields } = described(outcome, lastReason);
  log.write(level, event, { ...facts, ...fields });
};

/** The line that a batch leaves beside those of its events, when it was written down as a whole. */
export const logStored = (
  log: Log,
  { where, events, waiting }: StoredBatch,
  context: Omit<OutcomeContext, 'lastReason'>,
): void => {
  const { provider, correlationId, bytes, durationMs } = context;
  log.write('info', 'webhook.batch-stored', { provider, correlationId, bytes, durationMs, where, events, waiting });
};
