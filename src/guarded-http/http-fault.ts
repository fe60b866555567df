import type { Classified } from '../circuit-breaker/guarded-call.js';

/** Why a request gave no usable answer. `status` is that of the dependency's answer, where there was one. */
export type HttpErrorKind =
  | 'aborted'
  | 'circuit-open'
  | 'not-configured'
  | 'refused'
  | 'throttled'
  | 'timeout'
  | 'too-large'
  | 'too-many-concurrent-requests'
  | 'unreachable';

export interface HttpFaultFacts {
  readonly client: string;
  readonly endpoint: string;
  readonly status?: number;
  /** When a retry makes sense: for `circuit-open`, `throttled`, `too-many-concurrent-requests`, and for `refused` when the answer said so. */
  readonly retryAfterMs?: number;
  /** The body of a `refused` answer; it may hold anything, so never show it to a stranger. */
  readonly body?: Uint8Array;
  readonly cause?: unknown;
}

/** What a guarded request answers instead of a response. `message` names client, endpoint and kind, never what the other side said. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly kind: HttpErrorKind;
  readonly client: string;
  readonly endpoint: string;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly body: Uint8Array | undefined;

  constructor(kind: HttpErrorKind, { client, endpoint, status, retryAfterMs, body, cause }: HttpFaultFacts) {
    const detail = status === undefined ? '' : ` (status ${status})`;
    super(`${client}, ${endpoint}: ${kind}${detail}`, cause === undefined ? undefined : { cause });
    this.kind = kind;
    this.client = client;
    this.endpoint = endpoint;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.body = body;
  }
}

/** Whether an answer of this status counts against the dependency. */
type IsFailure = (status: number) => boolean;

/** Whether a request got no answer, or one that counts against the dependency. */
export const isFailed = ({ kind, status = 0 }: HttpFault, isFailure: IsFailure): boolean =>
  kind === 'unreachable' || (kind === 'refused' && isFailure(status));

/** Whether the dependency does not answer now; not an unwelcome answer, nor a caller that gave up. */
export const isOutage = (fault: unknown, isFailure: IsFailure): boolean =>
  fault instanceof HttpFault && fault.kind !== 'aborted' && (fault.kind !== 'refused' || isFailed(fault, isFailure));

/** What the fault of a request says about the dependency. */
export const classifyFor =
  (facts: HttpFaultFacts, isFailure: IsFailure) =>
  (thrown: unknown): Classified<HttpFault> => {
    const error = thrown instanceof HttpFault ? thrown : new HttpFault('unreachable', { ...facts, cause: thrown });
    const { kind, status } = error;
    if (isFailed(error, isFailure))
      return { verdict: 'failure', error, reason: kind === 'refused' ? `status-${status}` : kind };
    // A limit says that the dependency works and is busy; a refusal such as 404 that it works.
    return { verdict: kind === 'throttled' ? 'ignored' : 'success', error };
  };
