import type { CallResult } from './call-result.js';
import type { Stay } from './circuit-state.js';
import type { Deadline } from './deadline.js';
import type { Expiring } from './deadlines.js';

/** Runs what it is given in the context of the call that it was captured for. */
export type CallContext = (run: () => void) => void;

export interface RunningCallParts<R, E> {
  readonly stay: Stay;
  readonly resolve: (result: CallResult<R, E>) => void;
  readonly startMs: number | undefined;
  readonly deadline: Deadline;
  readonly impatient: boolean;
}

/** One call on its way: the stay it began in and who waits for it. Made for each call, so it holds no more than it must. */
export class RunningCall<R, E> implements Expiring {
  readonly stay: Stay;
  /** When it began, for a call that is timed. */
  readonly startMs: number | undefined;
  /** Present until the call ends. */
  resolve: ((result: CallResult<R, E>) => void) | undefined;
  readonly deadline: Deadline;
  /** Its caller gave it less time than is fair. */
  readonly impatient: boolean;
  place: number;
  /** Present when the operation takes a signal, the caller gave one, or contexts are captured. */
  attachments: CallAttachments | undefined;

  constructor({ stay, resolve, startMs, deadline, impatient }: RunningCallParts<R, E>) {
    this.stay = stay;
    this.startMs = startMs;
    this.resolve = resolve;
    this.deadline = deadline;
    this.impatient = impatient;
    this.place = 0;
    this.attachments = undefined;
  }
}

/** What hangs on some calls: the operation's signal, the caller's signal, and the async context the call began in. */
export interface CallAttachments {
  readonly controller: AbortController | undefined;
  readonly context: CallContext | undefined;
  /** Takes the breaker's listener off the caller's signal. */
  readonly stopListening: (() => void) | undefined;
}
