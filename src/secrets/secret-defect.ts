const minimumBytes = 16;

/**
 * What makes a value unfit to be a secret, in words for the log, or `undefined` for a fit one. An empty key lets anyone
 * sign; white space at an edge changes the signature and is always a mistake of whoever stored it.
 */
export const secretDefect = (value: string): string | undefined => {
  if (value === '') return 'is empty';
  if (value !== value.trim()) return 'begins or ends with white space';
  if (Buffer.byteLength(value) < minimumBytes) return `is shorter than ${minimumBytes} bytes`;
  return undefined;
};
