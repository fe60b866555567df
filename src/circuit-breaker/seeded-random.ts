const fnvOffset = 2_166_136_261;
const fnvPrime = 16_777_619;

const hash = (text: string): number => {
  let value = fnvOffset;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), fnvPrime);
  return value;
};

/**
 * A source of numbers from 0 to below 1 that gives the same run for the same seed (FNV-1a, then splitmix32). Good enough to
 * spread instances, never for secrets. Seed it with what tells instances apart.
 */
export const seededRandom = (seed: string): (() => number) => {
  let state = hash(seed);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296;
  };
};
