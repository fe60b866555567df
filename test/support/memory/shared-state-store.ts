import { ArchiveError } from '../../../src/archive/archive-error.js';
import { archiveAborted } from '../../../src/archive/classify-archive-error.js';
import type { SharedStateStore } from '../../../src/shared-breakers/shared-state-store.js';
import type { Clock } from '../../../src/time/clock.js';
import { stopOnAbort } from '../../../src/time/clock.js';

/** The port in memory, with what a test needs to look inside and to make it fail. */
export interface MemorySharedStateStore extends SharedStateStore {
  /** Puts anything in its place, as somebody else might. */
  put(text: string): void;
  text(): string | undefined;
  /** `hangs`: no call is ever answered. */
  setFault(fault: 'fails' | 'hangs' | undefined): void;
  /** How often something was written. */
  readonly writes: number;
}

export const createMemorySharedStateStore = (clock: Pick<Clock, 'monotonicMs'>): MemorySharedStateStore => {
  let held: { readonly json: Buffer; readonly atMs: number } | undefined;
  let count = 0;
  let fault: 'fails' | 'hangs' | undefined;

  const call = <T>(signal: AbortSignal, work: () => T): Promise<T> =>
    stopOnAbort(signal, archiveAborted, async () => {
      if (fault === 'fails') throw new ArchiveError('unavailable', 'Fails on purpose');
      return fault === 'hangs' ? new Promise<never>(() => {}) : work();
    });
  const replace = (json: Buffer): string => {
    count += 1;
    held = { json, atMs: clock.monotonicMs() };
    return String(count);
  };

  return {
    read: (known, signal) =>
      call(signal, () => {
        if (held === undefined) return 'absent';
        if (known === String(count)) return 'unchanged';
        return { version: String(count), json: held.json, ageMs: clock.monotonicMs() - held.atMs };
      }),
    write: (json, replaces, signal) =>
      call(signal, () => {
        const version = held === undefined ? undefined : String(count);
        return replaces === version ? replace(json) : 'conflict';
      }),
    put: (text) => void replace(Buffer.from(text)),
    text: () => held?.json.toString(),
    setFault: (next) => {
      fault = next;
    },
    get writes() {
      return count;
    },
  };
};
