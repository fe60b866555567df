import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One registered function, its bindings exactly as the app handed them over. */
export interface RegisteredBindings {
  readonly name: string;
  readonly bindings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface HttpInvocation {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface HttpInvocationAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** What the function logged. */
  readonly lines: readonly string[];
}

/** What a trigger that is not HTTP hands over, with what it says beside it. */
export interface DataInvocation {
  readonly data: Buffer | string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** A compiled Functions app running in a process of its own, with nobody's host around it. */
export interface LoadedFunctionsApp {
  readonly functions: readonly RegisteredBindings[];
  /** Hands RPC-shaped data to a registered HTTP function and reads its RPC-shaped answer. Rejects when the handler throws. */
  invokeHttp(name: string, invocation: HttpInvocation): Promise<HttpInvocationAnswer>;
  /** Hands a trigger's data to a registered function; answers what it logged. Rejects when the handler throws. */
  invokeData(name: string, invocation: DataInvocation): Promise<readonly string[]>;
  close(): Promise<void>;
}

type FromChild =
  | { readonly kind: 'loaded'; readonly functions: readonly RegisteredBindings[] }
  | { readonly kind: 'load-failed'; readonly message: string }
  | {
      readonly kind: 'answered';
      readonly id: number;
      readonly answer: HttpInvocationAnswer & { readonly base64: string };
    }
  | { readonly kind: 'threw'; readonly id: number; readonly message: string };

const childEntry = fileURLToPath(new URL('./minimal-functions-core-process.ts', import.meta.url));

/**
 * Loads a compiled entry file with an `@azure/functions-core` of our own minimal making: enough of Microsoft's
 * Node.js worker to register and to invoke, and nothing of our Functions host.
 */
export const loadFunctionsApp = async (
  entryFile: string,
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<LoadedFunctionsApp> => {
  const child = fork(childEntry, [entryFile], {
    env: { ...process.env, NODE_OPTIONS: '', ...options.env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const pending = new Map<number, PromiseWithResolvers<HttpInvocationAnswer>>();
  const loaded = Promise.withResolvers<readonly RegisteredBindings[]>();
  child.on('message', (message: FromChild) => {
    settle(message, loaded, pending);
  });
  child.once('exit', (code) => {
    const gone = new Error(`The app's process ended with code ${code}`);
    loaded.reject(gone);
    for (const waiting of pending.values()) waiting.reject(gone);
  });
  const functions = await loaded.promise.catch(async (error: unknown) => {
    await end(child);
    throw error;
  });
  let lastId = 0;
  const ask = (message: object): Promise<HttpInvocationAnswer> => {
    lastId += 1;
    const waiting = Promise.withResolvers<HttpInvocationAnswer>();
    pending.set(lastId, waiting);
    child.send({ ...message, id: lastId });
    return waiting.promise;
  };
  return {
    functions,
    invokeHttp: (name, invocation) => {
      const body = invocation.body === undefined ? undefined : Buffer.from(invocation.body).toString('base64');
      return ask({ kind: 'invoke-http', name, invocation: { ...invocation, body } });
    },
    invokeData: async (name, { data, metadata = {} }) => {
      const sent = typeof data === 'string' ? { string: data } : { base64: data.toString('base64') };
      return (await ask({ kind: 'invoke-data', name, data: sent, metadata })).lines;
    },
    close: () => end(child),
  };
};

const settle = (
  message: FromChild,
  loaded: PromiseWithResolvers<readonly RegisteredBindings[]>,
  pending: Map<number, PromiseWithResolvers<HttpInvocationAnswer>>,
): void => {
  switch (message.kind) {
    case 'loaded':
      loaded.resolve(message.functions);
      return;
    case 'load-failed':
      loaded.reject(new Error(message.message));
      return;
    case 'answered': {
      const { base64, ...answer } = message.answer;
      pending.get(message.id)?.resolve({ ...answer, body: Buffer.from(base64, 'base64') });
      pending.delete(message.id);
      return;
    }
    case 'threw':
      pending.get(message.id)?.reject(new Error(message.message));
      pending.delete(message.id);
      return;
  }
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
};
