import * as z from 'zod';
import type { OneBlob } from '../../archive/one-blob.js';
import { parseJson } from '../../text/text.js';

const timerRunSchema = z
  .object({
    /** RFC 3339: when it ended. */
    endedAt: z.iso.datetime(),
    instance: z.string(),
    /** Whether it came to its end: nothing stopped it. */
    complete: z.boolean(),
  })
  .readonly();

/** The latest run of the outbox timer, on whichever instance. */
export type TimerRun = z.infer<typeof timerRunSchema>;

/** Where the latest run is written down, so that every instance can tell whether the timer runs at all. Throws `ArchiveError`. */
export interface TimerRuns {
  /** `undefined`: none was ever written down. */
  latest(signal: AbortSignal): Promise<TimerRun | undefined>;
  write(run: TimerRun, signal: AbortSignal): Promise<void>;
}

/** Reads what lies in the blob; `undefined` for what is no such run. */
const decode = (json: Buffer): TimerRun | undefined => timerRunSchema.safeParse(parseJson(json)).data;

export const createTimerRuns = (blob: OneBlob): TimerRuns => ({
  latest: async (signal) => {
    const json = await blob.read(signal);
    return json && decode(json);
  },
  write: (run, signal) => blob.write(Buffer.from(JSON.stringify(run)), signal),
});

/** Beside the outbox's records, whose names begin with their year. */
export const timerRunBlobName = 'last-run.json';
