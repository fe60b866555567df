import { systemClock } from '../../../src/time/clock.js';
import { describeError } from '../describe-error.js';
import { FunctionsHostError } from '../functions-host-error.js';
import type { AppWorker } from './app-worker.js';
import { startInProcessWorker } from './in-process-worker.js';
import { type FromWorker, isToWorker } from './worker-messages.js';

const tell = (message: FromWorker): void => {
  if (process.connected === true) process.send?.(message);
};

const serve = (worker: AppWorker): void => {
  process.on('message', async (message: unknown) => {
    if (!isToWorker(message)) return;
    if (message.kind === 'invoke') {
      const { invocationId } = message.request;
      tell({ kind: 'answer', invocationId, answer: await worker.invoke(message.request) });
      return;
    }
    await worker.terminate();
    process.exit(0);
  });
  tell({ kind: 'ready', functions: worker.functions });
};

/** Runs an app for the host that started this process, until that host says so or is gone. */
export const serveWorker = async (appDirectory: string): Promise<void> => {
  process.once('disconnect', () => process.exit(1));
  // A terminal sends Ctrl-C to the host, too, which ends its worker in its own order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  try {
    const log = (entry: Extract<FromWorker, { kind: 'line' }>['entry']): void => tell({ kind: 'line', entry });
    serve(await startInProcessWorker({ appDirectory, log, clock: systemClock }));
  } catch (error) {
    const code = error instanceof FunctionsHostError ? error.code : 'unexpected';
    const reason = error instanceof FunctionsHostError ? error.message : describeError(error);
    tell({ kind: 'unfit', code, reason });
  }
};
