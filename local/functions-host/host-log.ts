import type { RpcLogLevel } from './core/rpc-messages.js';

/** One line of the host's log. `category` is the real host's, e.g. `Function.webhooks.User`. */
export interface HostLogEntry {
  readonly level: RpcLogLevel;
  readonly category: string;
  readonly message: string;
  readonly invocationId?: string;
}

/** Where the host and the app's `context.log` write. Must not throw. */
export type HostLog = (entry: HostLogEntry) => void;
