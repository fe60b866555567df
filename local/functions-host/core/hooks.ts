import type { FunctionApp } from './function-app.js';
import type { FunctionCallback, HookName } from './programming-model.js';

const readOnly = (target: object, properties: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(properties)) {
    Object.defineProperty(target, name, {
      enumerable: true,
      get: () => value,
      set: () => {
        throw Object.assign(new TypeError(`Cannot assign to read only property '${name}'`), {
          isAzureFunctionsSystemError: true,
        });
      },
    });
  }
};

/** Runs the hooks of one name in the order of their registration; the first that throws stops the rest. */
export const executeHooks = async (app: FunctionApp, name: HookName, context: object): Promise<void> => {
  for (const hook of app.hooks[name]) await hook(context);
};

export const appStartContext = (app: FunctionApp, functionAppDirectory: string): object => {
  const context = { functionAppDirectory };
  readOnly(context, { hookData: app.appLevelHookData, appHookData: app.appHookData });
  return context;
};

export const appTerminateContext = (app: FunctionApp): object => {
  const context = {};
  readOnly(context, { hookData: app.appLevelHookData, appHookData: app.appHookData });
  return context;
};

export interface InvocationHookScope {
  readonly app: FunctionApp;
  readonly hookData: object;
  readonly invocationContext: unknown;
}

export interface PreInvocationContext {
  inputs: unknown[];
  functionCallback: FunctionCallback;
}

export interface PostInvocationContext {
  inputs: unknown[];
  result: unknown;
  error: unknown;
}

/** Adds what every invocation hook may read and none may replace. */
export const withInvocationScope = <T extends object>(context: T, scope: InvocationHookScope): T => {
  const { app, hookData, invocationContext } = scope;
  readOnly(context, { hookData, appHookData: app.appHookData, invocationContext });
  return context;
};
