import { FunctionApp } from '../core/function-app.js';
import { invokeFunction } from '../core/invoke-function.js';
import { startFunctionApp, terminateFunctionApp } from '../core/start-function-app.js';
import { describeError } from '../describe-error.js';
import type { StartWorker } from './app-worker.js';

/** Runs the app in this process, one in each: what the worker's own process does, and a host that is to have no other. */
export const startInProcessWorker: StartWorker = async ({ appDirectory, log, clock }) => {
  const app = new FunctionApp();
  await startFunctionApp(app, appDirectory, log);
  return {
    pid: process.pid,
    functions: [...app.functions.values()].map(({ metadata }) => metadata),
    died: new Promise(() => undefined),
    terminate: () => terminateFunctionApp(app, clock, log),
    async invoke(request) {
      try {
        const target = app.functions.get(request.functionId);
        if (target === undefined) throw new RangeError(`No function has the id ${request.functionId}`);
        return { kind: 'succeeded', response: await invokeFunction({ app, log, target, request }) };
      } catch (error) {
        return { kind: 'failed', reason: describeError(error) };
      }
    },
  };
};
