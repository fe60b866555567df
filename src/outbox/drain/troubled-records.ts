import type { ArchiveError, ArchiveErrorCode } from '../../archive/archive-error.js';
import type { CircuitBreakerError } from '../../circuit-breaker/call-errors.js';
import type { Log } from '../../observability/log/log.js';
import type { LabelsOf } from '../../observability/metrics/metric-catalogue.js';
import type { Metrics } from '../../observability/metrics/metrics.js';
import type { Clock } from '../../time/clock.js';

/** What could not be done to a record after its copies were tried. */
export type RecordWrite = LabelsOf<'breakwater_outbox_unwritten_total'>['write'];

export interface TroubledRecordsPorts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
  readonly metrics: Metrics;
}

const firstRestMs = 60_000;
const longestRestMs = 3_600_000;

/** Storage fails for everybody, or does not answer. */
const faultsOfAll: ReadonlySet<ArchiveErrorCode> = new Set([
  'unavailable',
  'throttled',
  'container-missing',
  'aborted',
]);

interface Trouble {
  readonly times: number;
  readonly untilMs: number;
}

/**
 * Records that storage does not let us delete or update. Each failure is counted and logged, and the record is left alone for a
 * minute, then two, up to an hour. Storage that does not answer, or fails for everybody, is no trouble of one record.
 */
export class TroubledRecords {
  readonly #ports: TroubledRecordsPorts;
  readonly #troubles = new Map<string, Trouble>();

  constructor(ports: TroubledRecordsPorts) {
    this.#ports = ports;
  }

  rests(name: string): boolean {
    const trouble = this.#troubles.get(name);
    return trouble !== undefined && this.#ports.clock.monotonicMs() < trouble.untilMs;
  }

  failed(name: string, write: RecordWrite, error: CircuitBreakerError<ArchiveError>): void {
    if (error.kind !== 'operation-failed' || faultsOfAll.has(error.cause.code)) return;
    const { clock, log, metrics } = this.#ports;
    const times = (this.#troubles.get(name)?.times ?? 0) + 1;
    const restMs = Math.min(longestRestMs, firstRestMs * 2 ** (times - 1));
    this.#troubles.set(name, { times, untilMs: clock.monotonicMs() + restMs });
    metrics.count('breakwater_outbox_unwritten_total', { write });
    log.write('error', 'outbox.unwritten', { record: name, write, reason: error.cause.code, times, restMs });
  }

  written(name: string): void {
    this.#troubles.delete(name);
  }
}
