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
  /** When another try makes sense: for `circuit-open`, `throttled`, `too-many-concurrent-requests`, and `refused` where the answer said so. */
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

/** Whether the dependency gives no answer now, rather than one that its caller may not like, or a caller who gave up. */
export const isOutage = (fault: unknown, isFailure: (status: number) => boolean): boolean => {
  if (!(fault instanceof HttpFault) || fault.kind === 'aborted') return false;
  return fault.kind !== 'refused' || isFailure(fault.status ?? 0);
};
