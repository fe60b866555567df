/** So fine are durations up to 64 ms: steps of 1/64 ms. Longer ones keep twelve binary digits. */
const stepsPerMs = 64;
const mantissaBits = 11;
const impliedBit = 1 << mantissaBits;
const longestMs = 2 ** 31 / stepsPerMs - 1;

/** A duration in 16 bits. Longer durations have greater codes, so that codes can be sorted in their place. */
export const encodeDuration = (ms: number): number => {
  const steps = Math.round(Math.min(ms, longestMs) * stepsPerMs);
  const exponent = Math.max(0, 31 - mantissaBits - Math.clz32(steps));
  return exponent * impliedBit + (steps >>> exponent);
};

/** The duration, in milliseconds, that a code stands for. */
export const decodeDuration = (code: number): number => {
  const exponent = Math.max(0, (code >>> mantissaBits) - 1);
  return ((code - exponent * impliedBit) * 2 ** exponent) / stepsPerMs;
};
