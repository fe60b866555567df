import { AsyncResource } from 'node:async_hooks';
import type { CallResult } from './call-result.js';
import type { Stay } from './circuit-state.js';
import type { Expiring } from './deadlines.js';

export interface RunningCallParts<R, E> {
  readonly stay: Stay;
  readonly resolve: (result: CallResult<R, E>) => void;
  readonly startMs: number;
  readonly timeoutMs: number;
  readonly impatient: boolean;
}

const withoutDestroy = { requireManualDestroy: true };

/**
 * One call on its way: the stay it began in and who waits for it. As an `AsyncResource` it remembers the async context of its caller,
 * for what happens at its deadline, whose timer serves many calls: `AsyncLocalStorage.snapshot` would take many times as long.
 */
export class RunningCall<R, E> extends AsyncResource implements Expiring {
  readonly stay: Stay;
  readonly startMs: number;
  readonly atMs: number;
  readonly timeoutMs: number;
  /** Present until the call ends. */
  resolve: ((result: CallResult<R, E>) => void) | undefined;
  /** Its caller gave it less time than is fair. */
  readonly impatient: boolean;
  order = 0;
  place = 0;
  readonly controller = new AbortController();
  /** Takes the breaker's listener off the caller's signal. */
  stopListening: (() => void) | undefined = undefined;

  constructor({ stay, resolve, startMs, timeoutMs, impatient }: RunningCallParts<R, E>) {
    super('circuit-breaker-call', withoutDestroy);
    this.stay = stay;
    this.startMs = startMs;
    this.atMs = startMs + timeoutMs;
    this.timeoutMs = timeoutMs;
    this.resolve = resolve;
    this.impatient = impatient;
  }
}
