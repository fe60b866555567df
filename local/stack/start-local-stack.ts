import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provider } from '../../src/providers/provider.js';
import type { Bot } from '../../src/routing/bot.js';
import { backlogQueueOf } from '../../src/shards/namespace-of.js';
import { blobConnectionString } from '../blob-storage/blob-connection-string.js';
import { startBlobStorage } from '../blob-storage/start-blob-storage.js';
import type { ErrorAnswers } from '../faults/error-answers.js';
import { serviceBusErrors } from '../faults/service-bus-errors.js';
import { type FaultProxy, startFaultProxy } from '../faults/start-fault-proxy.js';
import { startStorageErrors } from '../faults/start-storage-errors.js';
import { startLocalGithub } from '../github-api/local-github.js';
import { startLocalGitlab } from '../gitlab-api/local-gitlab.js';
import { startKeyVault } from '../key-vault/start-key-vault.js';
import type { LocalHistory } from '../senders/tried-delivery.js';
import { queueDefinitionsFor } from '../service-bus/queue-definition.js';
import { startServiceBus } from '../service-bus/start-service-bus.js';
import { type ControlServer, startControlServer } from './control-server.js';
import { initialSecrets } from './host-environment.js';
import { type Breakable, type HistoryName, historyNames, isHistoryName, type StandInName } from './stand-ins.js';
import { switchFaults } from './switch-faults.js';

export interface LocalStackOptions {
  /** Public ports; 0 takes a free one. */
  readonly ports: Readonly<Record<StandInName, number>>;
  /** Where everything survives a restart. */
  readonly stateDirectory: string;
  readonly bots: readonly Bot[];
  /** Names of the storage accounts beside the first, each of which has a backlog queue. */
  readonly accounts: readonly string[];
  readonly providers: readonly string[];
  /** The senders of `providers.json`, for the form of their secrets. */
  readonly ownProviders: readonly Provider[];
  /** Secrets for the senders' APIs that have a stand-in. */
  readonly histories?: Readonly<Partial<Record<HistoryName, Readonly<Record<string, string>>>>>;
  /** Called for each stand-in as it becomes ready. */
  readonly onStarted: (name: Breakable, address: string) => void;
}

/** The running stand-ins, each reached through a proxy that can play its faults. */
export interface LocalStack {
  readonly blobConnectionString: string;
  readonly serviceBusConnectionString: string;
  readonly vaultUri: string;
  readonly vaultCaFile: string;
  /** Where the senders' APIs are. */
  readonly historyUrls: Readonly<Partial<Record<HistoryName, string>>>;
  readonly control: ControlServer;
  /** Resolves with the name of a stand-in that ended by itself. */
  readonly failed: Promise<StandInName>;
  /** Saves and stops everything; repeating it is harmless. */
  close(): Promise<void>;
}

/** One started part; `close` must be harmless when repeated. */
interface Closable {
  close(): Promise<void>;
}

/** Starts several things at once; when one cannot start, those that did are closed before its error is thrown. */
const startTogether = async <T extends readonly Promise<Closable>[]>(
  starting: readonly [...T],
): Promise<{ readonly [K in keyof T]: Awaited<T[K]> }> => {
  try {
    return await Promise.all(starting);
  } catch (fault) {
    const settled = await Promise.allSettled(starting);
    await Promise.all(settled.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
    throw fault;
  }
};

/** A stand-in and the proxy before it; the proxy has the public port. */
interface Proxied<T> extends Closable {
  readonly standIn: T;
  readonly proxy: FaultProxy;
}

interface ProxiedParts<T> {
  readonly start: () => Promise<T>;
  /** What answers when it is told to fail with errors. */
  readonly errors: (standIn: T) => ErrorAnswers | Promise<ErrorAnswers>;
}

const startProxied = async <T extends Closable & { readonly port: number }>(
  name: Breakable,
  { ports, onStarted }: LocalStackOptions,
  { start, errors: errorsOf }: ProxiedParts<T>,
): Promise<Proxied<T>> => {
  const standIn = await start();
  try {
    const errors = await errorsOf(standIn);
    const proxy = await startFaultProxy({
      name,
      listenPort: isHistoryName(name) ? 0 : ports[name],
      targetPort: standIn.port,
      errors,
    });
    onStarted(name, `127.0.0.1:${proxy.port}`);
    const close = async (): Promise<void> => {
      await proxy.close();
      await standIn.close();
    };
    return { standIn, proxy, close };
  } catch (fault) {
    await standIn.close();
    throw fault;
  }
};

const historyStarters: Readonly<Record<HistoryName, () => Promise<LocalHistory>>> = {
  'github-api': startLocalGithub,
  'gitlab-api': startLocalGitlab,
};

interface Histories extends Closable {
  readonly each: Readonly<Partial<Record<HistoryName, Proxied<LocalHistory>>>>;
}

const startHistories = async (options: LocalStackOptions): Promise<Histories> => {
  const wanted = historyNames.filter((name) => options.histories?.[name] !== undefined);
  const started = await startTogether(
    wanted.map((name) =>
      startProxied(name, options, {
        start: historyStarters[name],
        errors: ({ setErrorStatus }) => ({ setErrorStatus }),
      }),
    ),
  );
  const close = async (): Promise<void> => void (await Promise.all(started.map((each) => each.close())));
  return { each: Object.fromEntries(wanted.map((name, place) => [name, started[place]])), close };
};

/** What `pick` takes from each one that exists. */
const ofEach = <T>(
  { each }: Histories,
  pick: (history: Proxied<LocalHistory>, name: HistoryName) => T,
): Readonly<Partial<Record<HistoryName, T>>> =>
  Object.fromEntries(historyNames.flatMap((name) => (each[name] ? [[name, pick(each[name], name)] as const] : [])));

/** The API's path, below which the app asks. */
const historyPaths: Readonly<Record<HistoryName, string>> = { 'github-api': '', 'gitlab-api': '/api/v4' };

/**
 * Starts Blob Storage, Service Bus and Key Vault on this machine, each behind its fault proxy, and the control server.
 * Throws what the first part that failed threw, after stopping the others.
 */
export const startLocalStack = async (options: LocalStackOptions): Promise<LocalStack> => {
  const { stateDirectory, bots, accounts, providers, ownProviders } = options;
  const folder = async (name: StandInName): Promise<string> => {
    const path = join(stateDirectory, name);
    await mkdir(path, { recursive: true });
    return path;
  };
  const [blobs, bus, vault, histories] = await startTogether([
    startProxied('blob-storage', options, {
      start: async () => startBlobStorage({ port: 0, stateDirectory: await folder('blob-storage') }),
      errors: startStorageErrors,
    }),
    startProxied('service-bus', options, {
      start: async () =>
        startServiceBus({
          port: 0,
          queues: queueDefinitionsFor(bots, ['', ...accounts].map(backlogQueueOf)),
          stateDirectory: await folder('service-bus'),
        }),
      errors: serviceBusErrors,
    }),
    startProxied('key-vault', options, {
      start: async () =>
        startKeyVault({
          port: 0,
          stateDirectory: await folder('key-vault'),
          initialSecrets: Object.assign(
            initialSecrets(providers, ownProviders),
            ...Object.values(options.histories ?? {}),
          ),
        }),
      errors: ({ setErrorStatus }) => ({ setErrorStatus }),
    }),
    startHistories(options),
  ]);
  const proxies = { 'blob-storage': blobs.proxy, 'service-bus': bus.proxy, 'key-vault': vault.proxy };
  const control = await startControlServer({
    queues: () => bus.standIn.queues(),
    forgetDuplicates: () => bus.standIn.forgetDuplicates(),
    ...switchFaults(
      proxies,
      ofEach(histories, ({ proxy }) => proxy),
    ),
    histories: ofEach(histories, ({ standIn }) => standIn),
  });
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await control.close();
    await Promise.all([blobs.close(), bus.close(), vault.close(), histories.close()]);
  };
  return {
    blobConnectionString: blobConnectionString(blobs.proxy.port),
    serviceBusConnectionString: bus.standIn.connectionString.replace(`:${bus.standIn.port}`, `:${bus.proxy.port}`),
    vaultUri: `https://127.0.0.1:${vault.proxy.port}`,
    vaultCaFile: vault.standIn.caFile,
    historyUrls: ofEach(histories, ({ proxy }, name) => `http://127.0.0.1:${proxy.port}${historyPaths[name]}`),
    control,
    failed: blobs.standIn.exited.then(() => 'blob-storage'),
    close: () => {
      closing ??= close();
      return closing;
    },
  };
};
