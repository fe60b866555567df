import type { CallResult } from './call-result.js';
import type { Stay } from './circuit-state.js';
import { Deadline } from './deadlines.js';

/** Who decides what the end of a call means. */
export interface CallOwner<E> {
  expired(call: RunningCall<never, E>): void;
  aborted(call: RunningCall<never, E>): void;
}

/** Runs what it is given in the context of the call that it was captured for. */
export type CallContext = (run: () => void) => void;

/** One call on its way: the stay it began in, its deadline, and who waits for it. */
export class RunningCall<R, E> extends Deadline {
  readonly owner: CallOwner<E>;
  readonly stay: Stay;
  readonly resolve: (result: CallResult<R, E>) => void;
  readonly startMs: number;
  readonly timeoutMs: number;
  /** Made only for an operation that takes a signal. */
  controller: AbortController | undefined = undefined;
  callerSignal: AbortSignal | undefined = undefined;
  context: CallContext | undefined = undefined;
  ended = false;

  constructor(
    owner: CallOwner<E>,
    stay: Stay,
    resolve: (result: CallResult<R, E>) => void,
    startMs: number,
    timeoutMs: number,
  ) {
    super(startMs + timeoutMs);
    this.owner = owner;
    this.stay = stay;
    this.resolve = resolve;
    this.startMs = startMs;
    this.timeoutMs = timeoutMs;
  }

  override expire(): void {
    if (this.context === undefined) this.owner.expired(this);
    else this.context(() => this.owner.expired(this));
  }

  /** The caller's signal was aborted. */
  handleEvent(): void {
    this.owner.aborted(this);
  }
}
