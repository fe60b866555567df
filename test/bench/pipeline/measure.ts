import type { Subject } from './subjects.js';

/** CPU time of the whole process, threads that collect garbage included: other processes on the machine do not count. */
const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const repeat = async ({ take }: Subject, times: number): Promise<number> => {
  const before = cpuMicroseconds();
  for (let time = 0; time < times; time += 1) await take();
  return (cpuMicroseconds() - before) / times;
};

export interface Measuring {
  readonly rounds: number;
  /** How long one subject works in one round, in milliseconds of CPU time. */
  readonly roundMs: number;
}

/**
 * Microseconds of CPU per delivery, by subject: one figure for each round. In every round each subject has its turn, so that
 * a slow moment hits all alike; garbage of one is collected before the next begins.
 */
export const measure = async (
  subjects: readonly Subject[],
  { rounds, roundMs }: Measuring,
): Promise<ReadonlyMap<Subject['name'], readonly number[]>> => {
  const figures = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const times = new Map<Subject, number>();
  for (const subject of subjects) {
    const first = await repeat(subject, 3);
    const warm = await repeat(subject, Math.max(1, Math.ceil((4 * roundMs * 1_000) / first)));
    times.set(subject, Math.max(1, Math.ceil((roundMs * 1_000) / warm)));
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      globalThis.gc?.();
      figures.get(subject.name)?.push(await repeat(subject, times.get(subject) ?? 1));
    }
  }
  return figures;
};
