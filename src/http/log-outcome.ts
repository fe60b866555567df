import type { EventOutcome, StoredBatch } from '../ingest/outcome.js';
import type { Log, LogFields, LogLevel } from '../observability/log.js';

interface OutcomeContext {
  readonly provider: string;
  readonly correlationId: string;
  readonly bytes: number;
  readonly durationMs: number;
}

const described = (outcome: EventOutcome): { level: LogLevel; event: string; fields: LogFields } => {
  switch (outcome.kind) {
    case 'accepted':
    case 'deferred': {
      const { id, type, archived, routedTo, degraded, duplicate, repeatedBody, secretVersion } = outcome;
      return {
        level: degraded.length > 0 || repeatedBody ? 'warn' : 'info',
        event: outcome.kind === 'deferred' ? 'webhook.deferred' : 'webhook.accepted',
        fields: { id, type, archived, routedTo, degraded, duplicate, repeatedBody, secretVersion },
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
      const { code, service, retryAfterMs, archived, deferred, quarantine, event } = outcome;
      return {
        level: 'error',
        event: 'webhook.unavailable',
        fields: { ...event, code, service, retryAfterMs, archived, deferred, quarantine },
      };
    }
  }
};

/** The one structured line that each event leaves: failures are errors, degradation is a warning. */
export const logOutcome = (log: Log, outcome: EventOutcome, context: OutcomeContext): void => {
  const { level, event, fields } = described(outcome);
  log.write(level, event, { ...context, ...fields });
};

/** The line that a batch leaves beside those of its events, when it was written down as a whole. */
export const logStored = (log: Log, { where, events, waiting }: StoredBatch, context: OutcomeContext): void => {
  const { provider, correlationId, bytes, durationMs } = context;
  log.write('info', 'webhook.batch-stored', { provider, correlationId, bytes, durationMs, where, events, waiting });
};
