import { basename, dirname } from 'node:path';
import { Disposable } from './disposable.js';
import type {
  FunctionCallback,
  FunctionRegistration,
  HookCallback,
  HookName,
  ProgrammingModel,
} from './programming-model.js';
import type { RpcFunctionMetadata } from './rpc-messages.js';

export interface RegisteredFunction {
  readonly metadata: RpcFunctionMetadata;
  readonly callback: FunctionCallback;
}

/** A fault of the app in its use of `@azure/functions-core`, marked as the worker marks its own errors. */
const systemError = <E extends Error>(error: E): E => Object.assign(error, { isAzureFunctionsSystemError: true });

const isHookName = (name: string, hooks: Readonly<Record<HookName, unknown>>): name is HookName =>
  Object.hasOwn(hooks, name);

/** What one app has registered with `@azure/functions-core`. Registering ends with `lock`. */
export class FunctionApp {
  readonly functions = new Map<string, RegisteredFunction>();
  readonly hooks: Readonly<Record<HookName, HookCallback[]>> = {
    appStart: [],
    appTerminate: [],
    preInvocation: [],
    postInvocation: [],
    log: [],
  };
  readonly appHookData: object = {};
  readonly appLevelHookData: object = {};
  programmingModel: ProgrammingModel | undefined;
  /** The entry point being loaded, for `scriptFile` and `directory` of what it registers. */
  currentEntryPoint: string | undefined;
  #locked = false;

  lock(): void {
    this.#locked = true;
  }

  registerFunction(registration: FunctionRegistration, callback: FunctionCallback): Disposable {
    if (this.#locked) throw systemError(new Error('A function can only be registered during app startup.'));
    const functionId = registration.functionId || registration.name;
    if (this.functions.has(functionId)) {
      throw systemError(new Error(`A function with id "${functionId}" has already been registered.`));
    }
    this.functions.set(functionId, { metadata: this.#metadata(registration, functionId), callback });
    return new Disposable(() => {
      if (this.#locked) throw systemError(new Error('A function can only be disposed during app startup.'));
      this.functions.delete(functionId);
    });
  }

  registerHook(name: string, callback: HookCallback): Disposable {
    if (!isHookName(name, this.hooks)) throw systemError(new RangeError(`Unrecognized hook "${name}"`));
    const hooks = this.hooks[name];
    hooks.push(callback);
    return new Disposable(() => {
      const index = hooks.indexOf(callback);
      if (index >= 0) hooks.splice(index, 1);
    });
  }

  #metadata(registration: FunctionRegistration, functionId: string): RpcFunctionMetadata {
    const { currentEntryPoint } = this;
    return {
      ...registration,
      functionId,
      rawBindings: Object.entries(registration.bindings).map(([name, binding]) => JSON.stringify({ ...binding, name })),
      scriptFile: currentEntryPoint === undefined ? 'unknown' : basename(currentEntryPoint),
      ...(currentEntryPoint !== undefined && { directory: dirname(currentEntryPoint) }),
    };
  }
}
