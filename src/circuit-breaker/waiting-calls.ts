import { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../time/clock.js';
import type { Circuit } from './circuit.js';
import type { Stay } from './circuit-state.js';
import type { CallOptions } from './guarded-call.js';

const secondMs = 1_000;

/** A limit of calls per second: that many at once after a pause, and each further one when its share of a second has passed. */
export class CallRate {
  /** When every call so far has had its share. */
  #spentUntilMs = Number.NEGATIVE_INFINITY;

  /** Time until a further call may begin; 0 or less when it may now. */
  waitMs(nowMs: number, perSecond: number): number {
    return this.#spentUntilMs + secondMs / perSecond - secondMs - nowMs;
  }

  take(nowMs: number, perSecond: number): void {
    this.#spentUntilMs = Math.max(this.#spentUntilMs, nowMs) + secondMs / perSecond;
  }
}

const nothing = (): void => {};

/** A call that waits for its turn. */
export interface WaitingCall {
  readonly priority: number;
  /** Begins it in the stay that it has been admitted into. */
  start(stay: Stay): void;
  refuse(): void;
}

interface WaitingCallsPorts {
  readonly circuit: Circuit;
  readonly clock: Clock;
  /** Time until the bulkhead and the limit of calls per second let a further call begin; `Infinity` until a running one ends. */
  readonly waitMs: () => number;
  /** Serves again; called after that time. */
  readonly serve: () => void;
}

/** Calls that wait for a slot, the higher priority first, and of one priority the one that came first. */
export class WaitingCalls {
  readonly #ports: WaitingCallsPorts;
  readonly #line: WaitingCall[] = [];
  #cancelTimer = nothing;
  #serving = false;

  constructor(ports: WaitingCallsPorts) {
    this.#ports = ports;
  }

  get count(): number {
    return this.#line.length;
  }

  add(call: WaitingCall): void {
    const behind = this.#line.findIndex(({ priority }) => priority < call.priority);
    this.#line.splice(behind === -1 ? this.#line.length : behind, 0, call);
  }

  remove(call: WaitingCall): void {
    const place = this.#line.indexOf(call);
    if (place !== -1) this.#line.splice(place, 1);
  }

  refuseLast(): void {
    this.#line.at(-1)?.refuse();
  }

  /** Begins as many as may begin now; refuses all when the breaker is open. */
  serve(): void {
    // A call that ends while it begins would come here again.
    if (this.#serving) return;
    this.#serving = true;
    this.#cancelTimer();
    for (let next = this.#admit(); next !== undefined; next = this.#admit()) {
      const call = this.#line.shift();
      if (next === 'refuse') call?.refuse();
      else call?.start(next);
    }
    this.#serving = false;
  }

  #admit(): Stay | 'refuse' | undefined {
    if (this.#line.length === 0) return undefined;
    const { circuit, clock, waitMs, serve } = this.#ports;
    if (circuit.retryAfterMs > 0) return 'refuse';
    const ms = waitMs();
    if (ms <= 0) return circuit.admit();
    if (ms !== Infinity) this.#cancelTimer = clock.startTimer(Math.ceil(ms), serve);
    return undefined;
  }
}

interface TurnPorts {
  readonly clock: Clock;
  readonly options: CallOptions;
  /** `Infinity` for as long as it takes. */
  readonly waitMs: number;
  readonly line: { wait(call: WaitingCall): void; leave(call: WaitingCall): void };
  /** With what is left of the caller's deadline. */
  readonly onTurn: (stay: Stay, options: CallOptions) => void;
  readonly onRefused: () => void;
  readonly onAbort: (reason: unknown) => void;
}

/** Waits in line for a slot: until the turn comes, the caller gives up, or it has waited long enough. One of the three is told. */
export const waitForTurn = ({ clock, options, waitMs, line, onTurn, onRefused, onAbort }: TurnPorts): void => {
  const { signal, timeoutMs, priority = 0 } = options;
  const sinceMs = clock.monotonicMs();
  const leave = (): void => {
    cancelTimer();
    signal?.removeEventListener('abort', abort);
    line.leave(call);
  };
  const refuse = (): void => {
    onRefused();
    leave();
  };
  const abort = (): void => {
    onAbort(signal?.reason);
    leave();
  };
  const start = (stay: Stay): void => {
    const waitedMs = clock.monotonicMs() - sinceMs;
    onTurn(stay, timeoutMs === undefined ? options : { ...options, timeoutMs: Math.max(1, timeoutMs - waitedMs) });
    leave();
  };
  // Somebody else's end lets it begin, but it runs in the async context of its caller.
  const call = { priority, refuse, start: AsyncResource.bind(start) };
  const cancelTimer = waitMs === Infinity ? nothing : clock.startTimer(Math.ceil(waitMs), refuse);
  signal?.addEventListener('abort', abort);
  line.wait(call);
};
