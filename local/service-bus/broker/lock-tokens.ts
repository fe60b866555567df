/**
 * Gives lock tokens, 32 hex digits each: `origin` (8 random bytes, new for every process, so that a token from before a
 * restart fits nothing) and a counter.
 */
export function lockTokens(origin: Buffer): () => string {
  const prefix = origin.subarray(0, 8).toString('hex').padStart(16, '0');
  let given = 0;
  return () => {
    given += 1;
    return prefix + given.toString(16).padStart(16, '0');
  };
}
