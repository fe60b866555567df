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

/** Bytes that one idle guard holds, memory outside the heap included. */
export const bytesPerGuard = ({ createIdle }: Subject): number => {
  const collect = exposeGc();
  const count = 2_000;
  createIdle(100)();
  const beforeBytes = usedBytes(collect);
  const end = createIdle(count);
  const afterBytes = usedBytes(collect);
  end();
  return (afterBytes - beforeBytes) / count;
};

/** Bytes that are held after 200,000 further calls and were not before. */
export const growthBytes = async (invoke: Invoke): Promise<number> => {
  const collect = exposeGc();
  const call = async (calls: number): Promise<void> => {
    for (let done = 0; done < calls; done += 1) await invoke();
    await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await call(20_000);
  const beforeBytes = usedBytes(collect);
  await call(200_000);
  return usedBytes(collect) - beforeBytes;
};
