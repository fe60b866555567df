/** An error for the log, with its stack; whatever else was thrown, as text. Never throws. */
export const describeError = (error: unknown): string => {
  if (error instanceof Error) return error.stack ?? error.message;
  try {
    return String(error);
  } catch {
    return 'a value that cannot be shown';
  }
};
