import { AsyncResource } from 'node:async_hooks';
import type { Circuit } from './circuit.js';
import type { Stay } from './circuit-state.js';
import type { CallOptions } from './guarded-call.js';

const nothing = (): void => {};

/** A call that wants to wait for a slot, and what becomes of it: one of the three is told. */
export interface Turn {
  readonly options: CallOptions;
  /** With what is left of the caller's deadline. */
  readonly onTurn: (stay: Stay, timeoutMs: number | undefined) => void;
  readonly onRefused: () => void;
  readonly onAbort: (reason: unknown) => void;
}

interface WaitingCall {
  readonly priority: number;
  /** Begins it in the stay that it has been admitted into. */
  start(stay: Stay): void;
  refuse(): void;
}

/** Where a call may begin: after `waitMs`, `Infinity` until a running one ends, and when a slot can be taken. */
interface Slots {
  readonly waitMs: number;
  takeSlot(): Stay | undefined;
}

/** Calls that wait for a slot, the higher priority first, and of one priority the one that came first. */
export class WaitingCalls {
  readonly #circuit: Circuit;
  readonly #slots: Slots;
  readonly #line: WaitingCall[] = [];
  #cancelTimer = nothing;
  #serving = false;

  constructor(circuit: Circuit, slots: Slots) {
    this.#circuit = circuit;
    this.#slots = slots;
  }

  get count(): number {
    return this.#line.length;
  }

  /** Lets a call wait until its turn comes, its caller gives up or its time is up. A line longer than `most` refuses its last. */
  add({ options, onTurn, onRefused, onAbort }: Turn, most: number): void {
    const { clock, options: limits } = this.#circuit;
    const { signal, timeoutMs, priority = 0 } = options;
    const waitMs = Math.min(limits.operationTimeoutMs, timeoutMs ?? Infinity);
    const sinceMs = clock.monotonicMs();
    const leave = (): void => {
      cancelTimer();
      signal?.removeEventListener('abort', abort);
      this.#line.splice(this.#line.indexOf(call), 1);
    };
    const refuse = (): void => {
      leave();
      onRefused();
    };
    const abort = (): void => {
      leave();
      onAbort(signal?.reason);
    };
    const start = (stay: Stay): void => {
      leave();
      const waitedMs = clock.monotonicMs() - sinceMs;
      onTurn(stay, timeoutMs === undefined ? undefined : Math.max(1, timeoutMs - waitedMs));
    };
    // Somebody else's end lets it begin, but it runs in the async context of its caller.
    const call = { priority, refuse, start: AsyncResource.bind(start) };
    const cancelTimer = waitMs === Infinity ? nothing : clock.startTimer(Math.ceil(waitMs), refuse);
    signal?.addEventListener('abort', abort);
    const behind = this.#line.findIndex((other) => other.priority < priority);
    this.#line.splice(behind === -1 ? this.count : behind, 0, call);
    this.serve();
    for (const last of this.#line.slice(most)) last.refuse();
  }

  /** Begins as many as may begin now; refuses all when the breaker is open. */
  serve(): void {
    // A call that ends while it begins would come here again.
    if (this.#serving) return;
    this.#serving = true;
    this.#cancelTimer();
    for (let call = this.#line[0]; call !== undefined; call = this.#line[0]) {
      const next = this.#admit();
      if (next === undefined) break;
      if (next === 'refuse') call.refuse();
      else call.start(next);
    }
    this.#serving = false;
  }

  #admit(): Stay | 'refuse' | undefined {
    const { retryAfterMs, clock } = this.#circuit;
    if (retryAfterMs > 0) return 'refuse';
    const { waitMs } = this.#slots;
    if (waitMs <= 0) return this.#slots.takeSlot();
    if (waitMs !== Infinity) this.#cancelTimer = clock.startTimer(Math.ceil(waitMs), () => this.serve());
    return undefined;
  }
}
