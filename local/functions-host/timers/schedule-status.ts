import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

const scheduleStatusSchema = z.object({
  lastMs: z.number().optional(),
  nextMs: z.number().optional(),
  lastUpdatedMs: z.number().optional(),
});

/** What is remembered of a timer: when it last ran, when it should run next, when that was written down. */
export type ScheduleStatus = Readonly<z.infer<typeof scheduleStatusSchema>>;

/** Remembers timers from one run of the host to the next, so that a missed occurrence is noticed. */
export interface ScheduleStatusStore {
  read(functionName: string): Promise<ScheduleStatus | undefined>;
  write(functionName: string, status: ScheduleStatus): Promise<void>;
}

/** Forgets everything with the process. */
export const memoryScheduleStatus = (): ScheduleStatusStore => {
  const statuses = new Map<string, ScheduleStatus>();
  return {
    read: async (functionName) => statuses.get(functionName),
    write: async (functionName, status) => void statuses.set(functionName, status),
  };
};

/** Keeps one small JSON file per timer in `directory`. A file that cannot be understood counts as missing. */
export const fileScheduleStatus = (directory: string): ScheduleStatusStore => ({
  read: async (functionName) => {
    try {
      const text = await readFile(join(directory, `${functionName}.json`), 'utf8');
      return scheduleStatusSchema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  },
  write: async (functionName, status) => {
    await mkdir(directory, { recursive: true });
    const path = join(directory, `${functionName}.json`);
    await writeFile(`${path}.new`, JSON.stringify(status));
    await rename(`${path}.new`, path);
  },
});
