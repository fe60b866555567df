import { describeError } from '../describe-error.js';
import type { AppWorker, StartWorker, WorkerOptions } from './app-worker.js';

/** So many ends of workers within half an hour, and the host ends, too: the platform starts it anew. */
const deathsTooMany = 3;
const deathsWithinMs = 30 * 60_000;

const givenUp =
  'Exceeded language worker restart retry count for runtime: node. Shutting down and proactively recycling the Functions Host to recover.';

/**
 * Starts another worker in place of one that died, as the host does. What ran there has failed; what comes meanwhile waits. `died` tells
 * that too many did.
 */
export const keepWorker = async (start: StartWorker, options: WorkerOptions): Promise<AppWorker> => {
  const { log, clock } = options;
  const died = Promise.withResolvers<string>();
  const deathsMs: number[] = [];
  let isEnding = false;

  const mayRestart = (): boolean => {
    const nowMs = clock.monotonicMs();
    deathsMs.push(nowMs);
    return deathsMs.filter((atMs) => nowMs - atMs < deathsWithinMs).length < deathsTooMany;
  };

  const watch = (worker: AppWorker): AppWorker => {
    void worker.died.then((how) => {
      log({ level: 'error', category: 'Host', message: how });
      current = restart();
      // Nobody may be waiting for it.
      current.catch(() => undefined);
    });
    return worker;
  };

  const restart = async (): Promise<AppWorker> => {
    while (!isEnding && mayRestart()) {
      try {
        return watch(await start(options));
      } catch (error) {
        log({ level: 'error', category: 'Host', message: `Failed to start a new worker: ${describeError(error)}` });
      }
    }
    died.resolve(givenUp);
    throw new Error(givenUp);
  };

  const first = watch(await start(options));
  let current = Promise.resolve(first);
  return {
    functions: first.functions,
    pid: first.pid,
    died: died.promise,
    async invoke(request) {
      const worker = await current.catch(() => undefined);
      return worker === undefined ? { kind: 'failed', reason: givenUp } : worker.invoke(request);
    },
    async terminate() {
      isEnding = true;
      await (await current.catch(() => undefined))?.terminate();
    },
  };
};
