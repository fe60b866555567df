const minuteMs = 60_000;
/** So many digits hold every minute of a thousand years. */
const lastMinute = 9_999_999_999;

const inverse = (timeMs: number): string => String(lastMinute - Math.floor(timeMs / minuteMs)).padStart(10, '0');

/** What says since when the index knows everything that was archived. Not the name of a part. */
export const begunName = '0-begun';

interface PartName {
  /** Of any delivery in it. */
  readonly timeMs: number;
  /** This process's own name. */
  readonly writer: string;
  /** Grows with each part that the process writes. */
  readonly sequence: number;
}

/** All deliveries of a part arrived in one minute. Names ascend from the newest minute to the oldest. */
export const partName = ({ timeMs, writer, sequence }: PartName): string => {
  const minute = new Date(timeMs).toISOString().slice(0, 16).replaceAll(/\D/g, '');
  return `${inverse(timeMs)}-${minute}-${writer}-${sequence}.jsonl`;
};

/** What the names of all parts begin with whose deliveries arrived in the minute of this moment. */
export const minuteOf = (timeMs: number): string => inverse(timeMs);

/** The minute that a part's name says, as `minuteOf` has it. */
export const minuteIn = (name: string): string => name.slice(0, 10);
