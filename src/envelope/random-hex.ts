/** Enough for 256 trace and span ids of 8 bytes; drawing them one by one costs the system call each time. */
const poolBytes = 2_048;

/** Random bytes as lower-case hex, cut from larger draws; no byte is given out twice. `draw` gives so many random bytes. */
export const createRandomHex = (draw: (bytes: number) => Buffer): ((bytes: number) => string) => {
  let pool = draw(poolBytes);
  let taken = 0;
  return (bytes) => {
    if (taken + bytes > pool.length) {
      pool = draw(Math.max(poolBytes, bytes));
      taken = 0;
    }
    taken += bytes;
    return pool.toString('hex', taken - bytes, taken);
  };
};
