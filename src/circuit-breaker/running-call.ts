import { AsyncResource } from 'node:async_hooks';
import type { CallResult } from './call-errors.js';
import type { Stay } from './circuit-state.js';
import type { Expiring } from './deadlines.js';

const withoutDestroy = { requireManualDestroy: true };

/** A call of any value: what ends without one needs to know no more. */
export type AnyCall<E> = RunningCall<never, E>;

/**
 * One call on its way: the stay it began in and who waits for it. As an `AsyncResource` it remembers the async context of its
 * caller, for what happens at its deadline, whose timer serves many calls: `AsyncLocalStorage.snapshot` would take many times as long.
 */
export class RunningCall<R, E> extends AsyncResource implements Expiring {
  // Declared only, so that none is written twice at every call.
  /** Present until the call ends. */
  declare resolve: ((result: CallResult<R, E>) => void) | undefined;
  declare readonly stay: Stay;
  declare readonly startMs: number;
  declare readonly atMs: number;
  declare readonly timeoutMs: number;
  /** Its caller gave it less time than is fair. */
  declare readonly impatient: boolean;
  declare order: number;
  declare isOver: boolean;
  declare readonly controller: AbortController;
  /** Takes the breaker's listener off the caller's signal. */
  declare stopListening: (() => void) | undefined;

  /** One by one, for an object of them would be made at every call. */
  constructor(stay: Stay, startMs: number, timeoutMs: number, impatient: boolean) {
    super('circuit-breaker-call', withoutDestroy);
    this.resolve = undefined;
    this.stay = stay;
    this.startMs = startMs;
    this.atMs = startMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.impatient = impatient;
    this.order = 0;
    this.isOver = false;
    this.controller = new AbortController();
    this.stopListening = undefined;
  }
}
