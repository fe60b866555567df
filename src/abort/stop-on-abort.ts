/**
 * Answers as `work` does, but no later than the abort: an SDK may look at its signal between steps only. The work's
 * own late answer is dropped. `toError` makes what is thrown from the signal's reason.
 */
export const stopOnAbort = <T>(
  signal: AbortSignal,
  toError: (reason: unknown) => Error,
  work: () => Promise<T>,
): Promise<T> =>
  new Promise((resolve, reject) => {
    if (signal.aborted) throw toError(signal.reason);
    const stop = () => reject(toError(signal.reason));
    const leave = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop, { once: true });
    work().then(resolve, reject).finally(leave);
  });
