import type { ArchiveError } from '../archive/archive-error.js';
import { archiveFaultReason } from '../archive/classify-archive-error.js';
import type { CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { FaultReason } from '../observability/metrics/fault-reason.js';
import { queueFaultReason, queueReasons } from '../routing/classify-queue-error.js';
import type { QueueErrorCode } from '../routing/queue-error.js';
import type { BotRoute, QueueFault } from '../routing/route-event.js';

/** `circuit-open`: it was not asked, for what its breaker remembers of it. */
export type CauseReason = FaultReason | 'circuit-open' | 'too-many-calls' | 'behind-owed' | 'no-usable-secret';

/** Why a dependency (`blob-storage`) or a bot (`bot:<name>`) was not served as usual. */
export interface Cause {
  readonly of: string;
  readonly reason: CauseReason;
}

const reasonOf = <E>(error: CircuitBreakerError<E>, ofCause: (cause: E) => FaultReason): CauseReason => {
  switch (error.kind) {
    case 'operation-failed':
      return ofCause(error.cause);
    case 'too-many-concurrent-requests':
      return 'too-many-calls';
    case 'circuit-open':
    case 'timeout':
    case 'internal':
      return error.kind;
  }
};

export const archiveCause = (error: CircuitBreakerError<ArchiveError>): CauseReason =>
  reasonOf(error, archiveFaultReason);

export const queueCause = (fault: QueueFault): CauseReason => reasonOf(fault, queueFaultReason);

const refusalCause = (code: QueueErrorCode): CauseReason => (code === 'behind-owed' ? code : queueReasons[code]);

const causeOf = (route: BotRoute): Cause | undefined => {
  switch (route.kind) {
    case 'routed':
      return undefined;
    case 'owed':
      return { of: 'service-bus', reason: queueCause(route.fault) };
    case 'refused':
      return { of: `bot:${route.bot.name}`, reason: refusalCause(route.reason) };
  }
};

/** Why each copy that did not get through did not: the service's fault, or that of one bot's queue. Each cause once. */
export const causesOf = (routes: readonly BotRoute[]): readonly Cause[] => {
  const byText = new Map<string, Cause>();
  for (const cause of routes.map(causeOf)) if (cause !== undefined) byText.set(`${cause.of} ${cause.reason}`, cause);
  return [...byText.values()];
};
