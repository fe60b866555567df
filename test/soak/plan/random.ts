/** Numbers that look random and follow from a seed alone: the same seed gives the same ones on every machine. */
export interface Random {
  /** A whole number, both ends included. */
  between(from: number, to: number): number;
  /** True that often, 0 to 1. */
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

/** mulberry32: 32 bits of state, each step a number from 0 up to 1. */
const mulberry32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** Starts the sequence of a seed, any whole number from 0 to 2^32 − 1. */
export const startRandom = (seed: number): Random => {
  const next = mulberry32(seed);
  return {
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
};
