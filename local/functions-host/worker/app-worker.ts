import type { Clock } from '../../../src/time/clock.js';
import type { RpcFunctionMetadata, RpcInvocationRequest, RpcInvocationResponse } from '../core/rpc-messages.js';
import type { HostLog } from '../host-log.js';

/** What came of one invocation; `reason` is for the log. */
export type WorkerAnswer =
  | { readonly kind: 'succeeded'; readonly response: RpcInvocationResponse }
  | { readonly kind: 'failed'; readonly reason: string };

/** Who runs the app's functions for the host. */
export interface AppWorker {
  readonly pid: number;
  readonly functions: readonly RpcFunctionMetadata[];
  /** Never throws: what runs when the worker dies fails. */
  invoke(request: RpcInvocationRequest): Promise<WorkerAnswer>;
  /** Runs the app's terminate hooks and ends it. */
  terminate(): Promise<void>;
  /** Resolves with how it ended, if nobody asked it to. */
  readonly died: Promise<string>;
}

export interface WorkerOptions {
  readonly appDirectory: string;
  readonly log: HostLog;
  readonly clock: Clock;
}

/** Loads the app. Throws `FunctionsHostError`. */
export type StartWorker = (options: WorkerOptions) => Promise<AppWorker>;
