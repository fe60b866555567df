import { setImmediate } from 'node:timers/promises';
import type { Subject } from './subjects.js';

/** CPU time of the whole process, threads that collect garbage included: other processes on the machine do not count. */
const cpuMicroseconds = (): number => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Work between webhooks has its turn after so many: stores that answer at once would leave timers none. */
const timesBetweenTurns = 50;

const repeat = async ({ take }: Subject, times: number): Promise<number> => {
  const before = cpuMicroseconds();
  for (let time = 1; time <= times; time += 1) {
    await take();
    if (time % timesBetweenTurns === 0) await setImmediate();
  }
  return (cpuMicroseconds() - before) / times;
};

export interface Measuring {
  readonly rounds: number;
  /** How long one subject works in one round, in microseconds of CPU time. */
  readonly roundMicroseconds: number;
}

/** A service that is well has answered so many webhooks soon, and the optimizer has then settled. */
const warmUpTimes = 20_000;

/** How often a subject takes its delivery in one round, known after it has been warmed up: for 15 rounds at most. */
const timesPerRound = async (subject: Subject, roundMicroseconds: number): Promise<number> => {
  const startedAt = cpuMicroseconds();
  let done = 0;
  let each = 0;
  while (done < warmUpTimes && cpuMicroseconds() - startedAt < 15 * roundMicroseconds) {
    const times = Math.max(1, Math.min(1_000, Math.ceil(roundMicroseconds / 4 / (each || roundMicroseconds))));
    each = await repeat(subject, times);
    done += times;
  }
  return Math.max(fewestTimes, Math.ceil(roundMicroseconds / each));
};

/** Large payloads leave garbage that is collected seldom: every turn is long enough to pay for its own. */
const fewestTimes = 10;
const largeMicroseconds = 20_000;

/**
 * Leaves no garbage of one subject for the next to collect. After small payloads only young garbage is collected, for with all of it
 * some optimized code would go; after large ones all is, and the subject begins again before its time is taken.
 */
const cleanUp = async (subject: Subject, times: number, roundMicroseconds: number): Promise<void> => {
  if (roundMicroseconds / times < largeMicroseconds) {
    globalThis.gc?.({ type: 'minor' });
    return;
  }
  globalThis.gc?.();
  await subject.take();
};

/**
 * Microseconds of CPU per delivery, by subject: one figure for each round. In every round each subject has its turn, so that
 * a slow moment hits all alike.
 */
export const measure = async (
  subjects: readonly Subject[],
  { rounds, roundMicroseconds }: Measuring,
): Promise<ReadonlyMap<Subject['name'], readonly number[]>> => {
  const figures = new Map(subjects.map(({ name }) => [name, [] as number[]]));
  const times = new Map<Subject, number>();
  for (const subject of subjects) times.set(subject, await timesPerRound(subject, roundMicroseconds));
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) {
      const inTurn = times.get(subject) ?? fewestTimes;
      await cleanUp(subject, inTurn, roundMicroseconds);
      figures.get(subject.name)?.push(await repeat(subject, inTurn));
    }
  }
  return figures;
};
