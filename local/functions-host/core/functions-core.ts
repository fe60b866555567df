import type { HostLog } from '../host-log.js';
import { writeAppLog } from './app-log.js';
import { Disposable } from './disposable.js';
import type { FunctionApp } from './function-app.js';
import type { FunctionCallback, FunctionRegistration, HookCallback, ProgrammingModel } from './programming-model.js';
import type { RpcLogCategory, RpcLogLevel } from './rpc-messages.js';

/** Versions of the worker and the host whose behaviour is followed; libraries compare them. */
const workerVersion = '3.12.0';
export const hostVersion = '4.1044.0.0';

/** The module `@azure/functions-core`, as Microsoft's Node.js worker supplies it to an app. */
export interface FunctionsCore {
  readonly version: string;
  readonly hostVersion: string;
  readonly Disposable: typeof Disposable;
  registerFunction(registration: FunctionRegistration, callback: FunctionCallback): Disposable;
  registerHook(name: string, callback: HookCallback): Disposable;
  setProgrammingModel(model: ProgrammingModel): void;
  getProgrammingModel(): ProgrammingModel | undefined;
  log(level: RpcLogLevel, category: RpcLogCategory, message: string): void;
}

export const createFunctionsCore = (app: FunctionApp, log: HostLog): FunctionsCore => ({
  version: workerVersion,
  hostVersion,
  Disposable,
  registerFunction: (registration, callback) => app.registerFunction(registration, callback),
  registerHook: (name, callback) => app.registerHook(name, callback),
  setProgrammingModel: (model) => {
    app.programmingModel = model;
  },
  getProgrammingModel: () => app.programmingModel,
  log: (level, logCategory, message) => writeAppLog(app, log, { level, logCategory, category: 'Worker', message }),
});
