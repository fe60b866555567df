import type { HostLog } from '../host-log.js';
import type { FunctionApp } from './function-app.js';
import { withInvocationScope } from './hooks.js';
import type { RpcLogCategory, RpcLogLevel } from './rpc-messages.js';

export interface AppLogEntry {
  readonly level: RpcLogLevel;
  readonly logCategory: RpcLogCategory;
  readonly category: string;
  readonly message: string;
  readonly invocation?: { readonly id: string; readonly hookData: object; readonly context: unknown };
}

/**
 * Writes what the app or its library logs, after its log hooks have seen it. A hook may change the level and the
 * message of the app's own lines; it cannot touch system lines, and one that throws changes nothing.
 */
export const writeAppLog = (app: FunctionApp, log: HostLog, entry: AppLogEntry): void => {
  const { level, message } = app.hooks.log.length === 0 ? entry : afterLogHooks(app, entry);
  if (level === 'none') return;
  log({
    level,
    message,
    category: entry.logCategory === 'user' ? `${entry.category}.User` : entry.category,
    ...(entry.invocation !== undefined && { invocationId: entry.invocation.id }),
  });
};

const afterLogHooks = (app: FunctionApp, entry: AppLogEntry): { level: RpcLogLevel; message: string } => {
  const { level, message, logCategory, invocation } = entry;
  const context = { level, message };
  Object.defineProperty(context, 'category', { enumerable: true, value: logCategory });
  withInvocationScope(context, {
    app,
    hookData: invocation?.hookData ?? {},
    invocationContext: invocation?.context,
  });
  try {
    for (const hook of app.hooks.log) hook(context);
  } catch {
    return { level, message };
  }
  return logCategory === 'user' ? { level: context.level, message: context.message } : { level, message };
};
