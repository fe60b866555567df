import type { ReadRecord } from './list-records.js';

/** As many as a long page shows, twice. */
const maxKept = 400;

/** A record is not read again while its listing shows the same version. */
export const keptRecords = (read: ReadRecord): ReadRecord => {
  const kept = new Map<string, Awaited<ReturnType<ReadRecord>>>();
  return async (named) => {
    const { name, version } = named;
    if (version === undefined) return read(named);
    const key = `${name} ${version}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const reading = await read(named);
    if (!reading.ok || typeof reading.value === 'string') return reading;
    kept.set(key, reading);
    for (const oldest of kept.keys()) {
      if (kept.size <= maxKept) break;
      kept.delete(oldest);
    }
    return reading;
  };
};
