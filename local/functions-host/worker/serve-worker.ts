import { systemClock } from '../../../src/time/clock.js';
import { describeError } from '../describe-error.js';
import { FunctionsHostError } from '../functions-host-error.js';
import type { AppWorker } from './app-worker.js';
import { startInProcessWorker } from './in-process-worker.js';
import { type Batches, type FromWorker, inBatches, messagesToWorker, type ToWorker } from './worker-messages.js';

const serve = (worker: AppWorker, { tell, flush }: Batches<FromWorker>): void => {
  const obey = async (message: ToWorker): Promise<void> => {
    if (message.kind === 'invoke') {
      const { invocationId } = message.request;
      tell({ kind: 'answer', invocationId, answer: await worker.invoke(message.request) });
      return;
    }
    await worker.terminate();
    process.exit(0);
  };
  process.on('message', (sent: unknown) => {
    for (const message of messagesToWorker(sent)) void obey(message);
  });
  tell({ kind: 'ready', functions: worker.functions });
  // What the app does once it is registered may hold up this turn of the event loop for long.
  flush();
};

/** Runs an app for the host that started this process, until that host says so or is gone. */
export const serveWorker = async (appDirectory: string): Promise<void> => {
  process.once('disconnect', () => process.exit(1));
  const batches = inBatches<FromWorker>((messages) => {
    if (process.connected === true) process.send?.(messages);
  });
  process.once('exit', batches.flush);
  // A terminal sends Ctrl-C to the host, too, which ends its worker in its own order.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  try {
    const log = (entry: Extract<FromWorker, { kind: 'line' }>['entry']): void => batches.tell({ kind: 'line', entry });
    serve(await startInProcessWorker({ appDirectory, log, clock: systemClock }), batches);
  } catch (error) {
    const code = error instanceof FunctionsHostError ? error.code : 'unexpected';
    const reason = error instanceof FunctionsHostError ? error.message : describeError(error);
    batches.tell({ kind: 'unfit', code, reason });
  }
};
