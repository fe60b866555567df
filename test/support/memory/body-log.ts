import type { BodyLog } from '../../../src/body-record/body-log.js';

/** What all instances of a test share. */
export type SharedParts = Map<string, Buffer>;

/** The port in memory, as one instance sees it; `isAway` makes every call fail. */
export const createMemoryBodyLog = (
  parts: SharedParts,
  writer: string,
  isAway: () => boolean = () => false,
): BodyLog => {
  const call = async <T>(work: () => T): Promise<T> => {
    if (isAway()) throw new Error('Storage is away on purpose');
    return work();
  };
  return {
    append: (day, bytes) =>
      call(
        () =>
          void parts.set(`${day}/${writer}`, Buffer.concat([parts.get(`${day}/${writer}`) ?? Buffer.alloc(0), bytes])),
      ),
    list: (days) =>
      call(() =>
        [...parts]
          .filter(([name]) => !name.endsWith(`/${writer}`))
          .map(([name, bytes]) => ({ name, day: name.slice(0, 10), size: bytes.length }))
          .filter(({ day }) => days.includes(day)),
      ),
    read: (name, from) => call(() => parts.get(name)?.subarray(from) ?? Buffer.alloc(0)),
  };
};
