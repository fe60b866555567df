import type { RpcFunctionMetadata, RpcInvocationRequest } from '../core/rpc-messages.js';
import type { FunctionsHostErrorCode } from '../functions-host-error.js';
import type { HostLogEntry } from '../host-log.js';
import type { WorkerAnswer } from './app-worker.js';

/** What the host tells its worker. */
export type ToWorker =
  | { readonly kind: 'invoke'; readonly request: RpcInvocationRequest }
  | { readonly kind: 'terminate' };

/** What the worker tells its host. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly functions: readonly RpcFunctionMetadata[] }
  | { readonly kind: 'unfit'; readonly code: FunctionsHostErrorCode | 'unexpected'; readonly reason: string }
  | { readonly kind: 'line'; readonly entry: HostLogEntry }
  | { readonly kind: 'answer'; readonly invocationId: string; readonly answer: WorkerAnswer };

const isOfKind = (message: unknown, kinds: readonly string[]): boolean =>
  typeof message === 'object' && message !== null && 'kind' in message && kinds.includes(String(message.kind));

export const isToWorker = (message: unknown): message is ToWorker => isOfKind(message, ['invoke', 'terminate']);

export const isFromWorker = (message: unknown): message is FromWorker =>
  isOfKind(message, ['ready', 'unfit', 'line', 'answer']);
