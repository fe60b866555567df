import type { HostLog } from '../host-log.js';
import { writeAppLog } from './app-log.js';
import type { FunctionApp, RegisteredFunction } from './function-app.js';
import {
  executeHooks,
  type InvocationHookScope,
  type PostInvocationContext,
  type PreInvocationContext,
  withInvocationScope,
} from './hooks.js';
import type { CoreInvocationContext, InvocationModel } from './programming-model.js';
import type { RpcInvocationRequest, RpcInvocationResponse } from './rpc-messages.js';

export interface Invocation {
  readonly app: FunctionApp;
  readonly log: HostLog;
  readonly target: RegisteredFunction;
  readonly request: RpcInvocationRequest;
}

/**
 * Runs one invocation through the app's programming model, with its hooks around it, in the worker's order.
 * Throws whatever the handler, a hook or the library throws.
 */
export const invokeFunction = async (invocation: Invocation): Promise<RpcInvocationResponse> => {
  const logScope = { id: invocation.request.invocationId, hookData: {}, context: undefined, hasEnded: false };
  try {
    return await invokeInScope(invocation, logScope);
  } finally {
    logScope.hasEnded = true;
  }
};

interface LogScope {
  readonly id: string;
  readonly hookData: object;
  readonly context: unknown;
  readonly hasEnded: boolean;
}

const invokeInScope = async (invocation: Invocation, logScope: LogScope): Promise<RpcInvocationResponse> => {
  const { app, target } = invocation;
  if (app.programmingModel === undefined) throw new Error('The app has set no programming model.');
  const core = coreContext(invocation, logScope);
  const model = await app.programmingModel.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  Object.assign(logScope, { context });
  const scope = { app, hookData: logScope.hookData, invocationContext: context };

  const before = { inputs, functionCallback: target.callback };
  await runHooks(core, 'preInvocation', before, scope);
  const after = await runHandler(core, model, before, scope);
  await runHooks(core, 'postInvocation', after, scope);
  if (after.error !== null && after.error !== undefined) throw after.error;
  return model.getResponse(context, after.result);
};

const runHooks = async (
  core: CoreInvocationContext,
  name: 'preInvocation' | 'postInvocation',
  context: PreInvocationContext | PostInvocationContext,
  scope: InvocationHookScope,
): Promise<void> => {
  if (scope.app.hooks[name].length === 0) return;
  core.state = `${name}Hooks`;
  try {
    await executeHooks(scope.app, name, withInvocationScope(context, scope));
  } finally {
    core.state = undefined;
  }
};

const runHandler = async (
  core: CoreInvocationContext,
  model: InvocationModel,
  { inputs, functionCallback }: PreInvocationContext,
  scope: InvocationHookScope,
): Promise<PostInvocationContext> => {
  core.state = 'invocation';
  try {
    const result = await model.invokeFunction(scope.invocationContext, inputs, functionCallback);
    return { inputs, result, error: null };
  } catch (error) {
    return { inputs, result: null, error };
  } finally {
    core.state = undefined;
  }
};

/** Azure's host says nothing of it. */
const lateNote = 'Dropped, for its invocation has ended:';

const coreContext = ({ app, log, target, request }: Invocation, logScope: LogScope): CoreInvocationContext => ({
  invocationId: request.invocationId,
  request,
  metadata: target.metadata,
  state: undefined,
  log(level, logCategory, message) {
    const category = `Function.${target.metadata.name}`;
    if (logScope.hasEnded) log({ level: 'warning', category: 'Host.Worker', message: `${lateNote} ${message}` });
    else writeAppLog(app, log, { level, logCategory, category, message, invocation: logScope });
  },
});
