import type { CircuitBreakerOptions } from './circuit-breaker-options.js';

/** The cap of a grown cool-down where the options set none: one day. */
const longestGrownMs = 86_400_000;

/**
 * How long the breaker stays open: `coolDownMs`, multiplied by the growth for each earlier opening since the last close,
 * capped, then shortened by the jitter's share of `draw`, which is from 0 to below 1.
 */
export const coolDownOf = (options: CircuitBreakerOptions, openings: number, draw: number): number => {
  const { coolDownMs, coolDownGrowth = 1, coolDownJitter = 0 } = options;
  const { maxCoolDownMs = Math.max(coolDownMs, longestGrownMs) } = options;
  const grownMs = Math.min(maxCoolDownMs, coolDownMs * coolDownGrowth ** (openings - 1));
  return Math.round(grownMs * (1 - coolDownJitter * draw));
};
