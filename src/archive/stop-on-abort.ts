/**
 * Answers as `work` does, but no later than the abort: an SDK may look at its signal between steps only. The work's
 * own late answer is dropped. `toError` makes what is thrown from the signal's reason.
 */
export const stopOnAbort = async <T>(
  signal: AbortSignal,
  toError: (reason: unknown) => Error,
  work: () => Promise<T>,
): Promise<T> => {
  if (signal.aborted) throw toError(signal.reason);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(toError(signal.reason));
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
};
