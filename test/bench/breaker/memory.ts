import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Invoke, Subject } from './subjects.js';

const exposeGc = (): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc');
};

const usedBytes = (collect: () => void): number => {
  for (let pass = 0; pass < 3; pass += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** Long enough for timers of short timeouts to be gone. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

/** Bytes that one guard holds after so many calls and a pause, memory outside the heap included. */
export const bytesPerGuard = async ({ createMany }: Subject, calls: number): Promise<number> => {
  const collect = exposeGc();
  const count = 2_000;
  const warmUp = createMany(100);
  for (let call = 0; call < 100; call += 1) await warmUp.callEach();
  warmUp.end();
  await pause();
  const beforeBytes = usedBytes(collect);
  const guards = createMany(count);
  for (let call = 0; call < calls; call += 1) await guards.callEach();
  await pause();
  const afterBytes = usedBytes(collect);
  guards.end();
  return (afterBytes - beforeBytes) / count;
};

/** Bytes that are held after 200,000 further calls and were not before. */
export const growthBytes = async (invoke: Invoke): Promise<number> => {
  const collect = exposeGc();
  const call = async (calls: number): Promise<void> => {
    for (let done = 0; done < calls; done += 1) await invoke();
    await pause();
  };
  await call(20_000);
  const beforeBytes = usedBytes(collect);
  await call(200_000);
  return usedBytes(collect) - beforeBytes;
};
