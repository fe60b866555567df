import type { Clock } from '../../../src/time/clock.js';
import { describeError } from '../describe-error.js';
import { FunctionsHostError } from '../functions-host-error.js';
import type { HostLog } from '../host-log.js';
import type { FunctionApp } from './function-app.js';
import { createFunctionsCore } from './functions-core.js';
import { appStartContext, appTerminateContext, executeHooks } from './hooks.js';
import { loadFunctionApp } from './load-function-app.js';
import { provideFunctionsCore } from './provide-functions-core.js';

/** What Microsoft's worker tells the programming model that it can do. */
const workerCapabilities = {
  RawHttpBodyBytes: 'true',
  RpcHttpTriggerMetadataRemoved: 'true',
  RpcHttpBodyOnly: 'true',
  IgnoreEmptyValuedRpcHttpHeaders: 'true',
  UseNullableValueDictionaryForHttp: 'true',
  WorkerStatus: 'true',
  TypedDataCollection: 'true',
  HandlesWorkerTerminateMessage: 'true',
} as const;

/** Loads the app, runs its start hooks and ends registration. Answers the capabilities that the app asked for. */
export const startFunctionApp = async (
  app: FunctionApp,
  appDirectory: string,
  log: HostLog,
): Promise<Readonly<Record<string, string>>> => {
  provideFunctionsCore(createFunctionsCore(app, log));
  await loadFunctionApp(app, appDirectory);
  try {
    await executeHooks(app, 'appStart', appStartContext(app, appDirectory));
  } catch (error) {
    const message = `An appStart hook of the app failed: ${describeError(error)}`;
    throw new FunctionsHostError('entry-point-failed', message, { cause: error });
  }
  const capabilities = { ...workerCapabilities };
  const answered = await app.programmingModel?.getCapabilities?.(capabilities);
  app.lock();
  return answered ?? capabilities;
};

const terminateMs = 10_000;

/** Runs the app's terminate hooks, ten seconds at most; what they throw is logged. */
export const terminateFunctionApp = async (app: FunctionApp, clock: Clock, log: HostLog): Promise<void> => {
  const elapsed = Promise.withResolvers<void>();
  const cancel = clock.startTimer(terminateMs, () => elapsed.resolve());
  const hooks = executeHooks(app, 'appTerminate', appTerminateContext(app)).catch((error: unknown) => {
    log({ level: 'error', category: 'Host', message: `An appTerminate hook failed: ${describeError(error)}` });
  });
  await Promise.race([hooks, elapsed.promise]);
  cancel();
};
