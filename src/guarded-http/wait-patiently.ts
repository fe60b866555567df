import type { Clock } from '../time/clock.js';
import { type HttpErrorKind, HttpFault, type HttpFaultFacts } from './http-fault.js';

/** How long one of many callers waits for an answer that all of them get. */
export interface PatientWait {
  readonly signal?: AbortSignal | undefined;
  /** `Infinity` for as long as it takes. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly facts: HttpFaultFacts;
}

/** The answer, unless the caller gives up first: then it rejects with `HttpFault`, and the others keep waiting. */
export const waitPatiently = async <T>(
  answer: Promise<T>,
  { signal, timeoutMs, clock, facts }: PatientWait,
): Promise<T> => {
  let giveUp = (_kind: HttpErrorKind): void => {};
  const gaveUp = new Promise<never>((_resolve, reject) => {
    giveUp = (kind) => reject(new HttpFault(kind, facts));
  });
  const abort = (): void => giveUp('aborted');
  const cancelTimer = timeoutMs === Infinity ? undefined : clock.startTimer(timeoutMs, () => giveUp('timeout'));
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  try {
    return await Promise.race([answer, gaveUp]);
  } finally {
    cancelTimer?.();
    signal?.removeEventListener('abort', abort);
  }
};
