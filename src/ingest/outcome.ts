import type { ArchiveError } from '../archive/archive-error.js';
import { archiveFaultReason } from '../archive/classify-archive-error.js';
import type { CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import type { FaultReason } from '../faults/fault-reason.js';
import type { ExactReply } from '../providers/provider.js';
import type { Quarantining } from '../quarantine/quarantine.js';
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
  const causes = routes.flatMap((route) => causeOf(route) ?? []);
  const firstOf = (cause: Cause) => causes.findIndex(({ of, reason }) => of === cause.of && reason === cause.reason);
  return causes.filter((cause, index) => firstOf(cause) === index);
};

/** The three dependencies, by the names of their breakers. */
export type ServiceName = 'service-bus' | 'blob-storage' | 'key-vault';

export type RejectionCode =
  | 'SignatureInvalid'
  | 'TooManyFailedAuthentications'
  | 'MalformedPayload'
  | 'MissingHeader'
  | 'ContradictoryHeader';

/**
 * Why an authentication failed: the signature, or a good one from outside the ranges that its sender may deliver from. The
 * sender is never told which.
 */
export type FailureReason = 'signature' | 'source';

export type UnavailableCode = 'CircuitBreakerOpen' | 'QueueingFailed' | 'SecretUnavailable' | 'PayloadNotStorable';

/** What an event is known by once it is verified and normalized: all that logs and replies say of it. */
export interface EventIdentity {
  readonly id: string;
  readonly type: string;
}

/**
 * A durable copy exists, and the outbox holds every copy that a bot is still owed; `deferred`: because the service fails.
 * `degraded` names dependencies (`blob-storage`) and bots (`bot:<name>`) that are not served as usual.
 */
export interface Accepted extends EventIdentity {
  readonly kind: 'accepted' | 'deferred';
  readonly archived: boolean;
  readonly routedTo: readonly string[];
  readonly degraded: readonly string[];
  /** Why, for each of them. Not told to the sender. */
  readonly causes?: readonly Cause[];
  readonly duplicate: boolean;
  readonly secretVersion: string;
  /** The body came before under another id or event name: it is kept, and was given to no bot. */
  readonly repeatedBody?: true;
  /** The reply that the sender documents for this event, in place of the usual one. */
  readonly reply?: ExactReply;
}

/** The sender's fault; repeating the same request would not help. `detail` is ours, never text from the request. */
export interface Rejected {
  readonly kind: 'rejected';
  readonly code: RejectionCode;
  readonly detail: string;
  /** Of a failed authentication, for the log and the metrics. */
  readonly reason?: FailureReason;
  /** A genuine body that somebody sends again as something else. */
  readonly suspicious?: true;
  /** When a failure will again be told as what it is. */
  readonly retryAfterMs?: number;
}

/** Our fault; nothing was acknowledged and the same request may be sent again. */
export interface Unavailable {
  readonly kind: 'unavailable';
  readonly code: UnavailableCode;
  readonly service: ServiceName;
  readonly retryAfterMs: number;
  readonly event?: EventIdentity;
  /** What was in the way. Not told to the sender. */
  readonly causes?: readonly Cause[];
  /** Whether the archive holds the payload all the same; absent when it was never tried. */
  readonly archived?: boolean;
  /** The outbox will deliver it all the same; repeating the request is harmless. */
  readonly deferred?: true;
  /** Of a delivery that cannot be verified now: where it was written down, or why it was not; absent: it was not tried. */
  readonly quarantine?: Quarantining;
}

/** A challenge was answered; there is no event. */
export interface Handshake {
  readonly kind: 'handshake';
  readonly reply: ExactReply;
  /** Absent: it was a test of the line that its sender does not sign. */
  readonly secretVersion?: string;
}

/** What became of one event, or of a challenge. */
export type EventOutcome = Accepted | Rejected | Unavailable | Handshake;

/** Whether a durable copy exists, so that the event is not to be taken again. */
export const isKept = (outcome: EventOutcome): boolean => outcome.kind !== 'unavailable' || outcome.deferred === true;

/** Where a whole batch was written down, and how many of its events are still to be taken from there. */
export interface StoredBatch {
  readonly where: 'blob-storage' | 'service-bus';
  readonly events: number;
  readonly waiting: number;
}

/**
 * What became of the events of one delivery that were taken at once, in their order. Those after some that were unavailable may be
 * missing, and so may those that wait in the `stored` batch.
 */
export interface BatchOutcome {
  readonly kind: 'batch';
  readonly outcomes: readonly EventOutcome[];
  readonly stored?: StoredBatch;
}

/** What became of one delivery; `src/http` maps it to a reply. */
export type IngestOutcome = EventOutcome | BatchOutcome;
