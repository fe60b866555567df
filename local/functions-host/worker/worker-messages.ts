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

const isToWorker = (message: unknown): message is ToWorker => isOfKind(message, ['invoke', 'terminate']);

const isFromWorker = (message: unknown): message is FromWorker =>
  isOfKind(message, ['ready', 'unfit', 'line', 'answer']);

const listIn = (sent: unknown): readonly unknown[] => (Array.isArray(sent) ? sent : []);

/** What the host sent its worker at once. */
export const messagesToWorker = (sent: unknown): readonly ToWorker[] => listIn(sent).filter(isToWorker);

/** What a worker sent its host at once. */
export const messagesFromWorker = (sent: unknown): readonly FromWorker[] => listIn(sent).filter(isFromWorker);

export interface Batches<T> {
  readonly tell: (message: T) => void;
  /** Sends at once what has not been sent yet. */
  readonly flush: () => void;
}

/**
 * Sends what is told in one turn of the event loop as one list, in order. Sending takes a system call, which wakes the other process
 * and costs more than all else about a message.
 */
export const inBatches = <T>(send: (messages: readonly T[]) => void): Batches<T> => {
  let told: T[] = [];
  const flush = (): void => {
    if (told.length === 0) return;
    const messages = told;
    told = [];
    send(messages);
  };
  const tell = (message: T): void => {
    told.push(message);
    if (told.length === 1) setImmediate(flush);
  };
  return { tell, flush };
};
