import { resolve } from 'node:path';
import { type Clock, systemClock } from '../../src/time/clock.js';
import { type AppFunction, readAppFunctions } from './app-functions.js';
import { notesOn } from './app-notes.js';
import { AppRunner } from './app-runner.js';
import { describeFunctions, type FunctionDescription } from './describe-functions.js';
import { type Environment, type HostJson, readHostJson } from './host-json.js';
import type { HostLog } from './host-log.js';
import { AdminEndpoints } from './http/admin-endpoints.js';
import type { FunctionKeys } from './http/function-keys.js';
import { HostMemory } from './http/host-memory.js';
import { HttpFront } from './http/http-front.js';
import { type HttpServer, startHttpServer } from './http/http-server.js';
import { filterLog } from './log-filter.js';
import { type QueueListener, startQueueListener } from './queues/queue-listener.js';
import { RouteTable } from './routes/route-table.js';
import { fileScheduleStatus, memoryScheduleStatus } from './timers/schedule-status.js';
import type { TimerListener } from './timers/timer-listener.js';
import { timerListeners } from './timers/timer-listeners.js';
import type { AppWorker, StartWorker } from './worker/app-worker.js';
import { keepWorker } from './worker/kept-worker.js';

export interface FunctionsHostOptions {
  /** Where the app's `package.json` and `host.json` lie. */
  readonly appDirectory: string;
  /** 0: any free port. */
  readonly port: number;
  readonly hostname?: string;
  /** Ask for function keys, as `func start --enableAuth` does. Off by default. */
  readonly enableAuth?: boolean;
  readonly functionKey?: string;
  readonly masterKey?: string;
  /** Add the caller to `X-Forwarded-For`, as a front like Azure's does before its host. Off by default. */
  readonly isFront?: boolean;
  /** Take the memory and time of bodies that the host of an instance with so many MB would; and die of them, as it would. */
  readonly asAzureMb?: number;
  /** Settings that the host itself reads; the app reads `process.env`. */
  readonly environment?: Environment;
  /** Where timers are remembered from one run to the next; without it, nowhere. */
  readonly stateDirectory?: string;
  readonly clock?: Clock;
  readonly log: HostLog;
  /** Starts the worker that runs the app, and another one when it dies. */
  readonly startWorker: StartWorker;
}

export interface FunctionsHost {
  readonly port: number;
  readonly url: string;
  readonly functions: readonly FunctionDescription[];
  /** The worker's process, as long as it is the first. */
  readonly workerPid: number;
  /** Resolves with the reason when workers die too often, or memory is out: the host is to be started anew. */
  readonly failed: Promise<string>;
  /** Takes no more requests, lets running invocations finish (10 s at most), then runs the app's terminate hooks. */
  close(): Promise<void>;
}

export const localFunctionKey = 'local-function-key';
export const localMasterKey = 'local-master-key';

const defaultBodyLimitBytes = 104_857_600;
const drainMs = 10_000;

interface HostParts {
  readonly options: FunctionsHostOptions;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly hostJson: HostJson;
  readonly log: HostLog;
  readonly worker: AppWorker;
  readonly server: HttpServer;
  readonly url: string;
}

interface ServedApp extends HostParts {
  readonly functions: readonly AppFunction[];
  readonly runner: AppRunner;
  readonly memory: HostMemory | undefined;
  readonly timers: ReadonlyMap<string, TimerListener>;
}

/**
 * Has a worker load a compiled Functions v4 app, and serves it as Azure's host does.
 * Throws `FunctionsHostError` when the app, its configuration or the port is not fit for it.
 */
export const startFunctionsHost = async (options: FunctionsHostOptions): Promise<FunctionsHost> => {
  const { hostname = '127.0.0.1', environment = process.env, clock = systemClock } = options;
  const appDirectory = resolve(options.appDirectory);
  const hostJson = await readHostJson(appDirectory, environment);
  const log = filterLog(options.log, hostJson.logging.logLevel);
  const server = await startHttpServer(options.port, hostname);
  const url = `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${server.port}`;
  try {
    const worker = await keepWorker(options.startWorker, { appDirectory, log, clock });
    return await serveApp({ options, environment, clock, hostJson, log, worker, server, url });
  } catch (error) {
    server.stopListening();
    await server.close();
    throw error;
  }
};

const serveApp = async (parts: HostParts): Promise<FunctionsHost> => {
  const { worker, clock, environment, hostJson, log, options, server, url } = parts;
  const functions = await readOrTerminate(worker, environment);
  const runner = new AppRunner(worker, clock, log);
  const { stateDirectory } = options;
  const store = stateDirectory === undefined ? memoryScheduleStatus() : fileScheduleStatus(stateDirectory);
  const timers = timerListeners(functions, { runner, clock, store, log });
  const memory = options.asAzureMb === undefined ? undefined : new HostMemory(options.asAzureMb, clock);
  const served = { ...parts, functions, runner, timers, memory };
  const front = httpFront(served);
  server.serve(front);
  for (const timer of timers.values()) await timer.start();
  const queues = await startQueues(served);
  let closing: Promise<void> | undefined;
  return {
    port: server.port,
    url,
    functions: describeFunctions(functions, url, hostJson.extensions.http.routePrefix),
    workerPid: worker.pid,
    failed: memory === undefined ? worker.died : Promise.race([worker.died, memory.exhausted]),
    close: () => {
      closing ??= closeHost(served, front, queues);
      return closing;
    },
  };
};

const readOrTerminate = async (worker: AppWorker, environment: Environment): Promise<readonly AppFunction[]> => {
  try {
    return readAppFunctions(worker.functions, environment);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
};

const httpFront = (served: ServedApp): HttpFront => {
  const { options, environment, clock, hostJson, log, url, functions, timers, runner, memory } = served;
  const enabled = functions.filter((one) => one.kind === 'http').filter(({ disabled }) => !disabled);
  const routes = new RouteTable(hostJson.extensions.http.routePrefix, enabled);
  for (const note of notesOn(functions, routes)) log({ level: 'warning', category: 'Host', message: note });
  const keys = functionKeys(options);
  const hostId = hostJson.id ?? 'local';
  const admin = new AdminEndpoints({ functions, timers, runner, keys, hostId, clock });
  return new HttpFront({
    routes,
    admin,
    runner,
    keys,
    clock,
    log,
    memory,
    authority: new URL(url).host,
    bodyLimitBytes: bodyLimit(environment),
    requestsAtOnce: hostJson.extensions.http.maxConcurrentRequests,
    isFront: options.isFront ?? false,
    homepageStatus: /^(true|1)$/i.test(environment['AzureWebJobsDisableHomepage'] ?? '') ? 204 : 200,
  });
};

const startQueues = ({ functions, runner, clock, log }: ServedApp): Promise<readonly QueueListener[]> =>
  Promise.all(
    functions
      .filter((one) => one.kind === 'queue')
      .filter(({ disabled }) => !disabled)
      .map((one) =>
        startQueueListener({
          functionName: one.name,
          trigger: one.trigger,
          clock,
          log,
          invoke: async ({ input, metadata }) => (await runner.runWithData(one, input, metadata)).kind === 'succeeded',
        }),
      ),
  );

const functionKeys = (options: FunctionsHostOptions): FunctionKeys | undefined => {
  const { enableAuth = false, functionKey = localFunctionKey, masterKey = localMasterKey } = options;
  return enableAuth ? { functionKey, masterKey } : undefined;
};

const bodyLimit = (environment: Environment): number => {
  const setting = environment['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'] ?? '';
  return /^\d+$/.test(setting) ? Number(setting) : defaultBodyLimitBytes;
};

const closeHost = async (served: ServedApp, front: HttpFront, queues: readonly QueueListener[]): Promise<void> => {
  const { worker, clock, log, server, timers, runner } = served;
  front.drain();
  server.stopListening();
  for (const timer of timers.values()) timer.stop();
  const queuesStopped = Promise.all(queues.map((queue) => queue.stop()));
  const stillRunning = await runner.running.idle(clock, drainMs);
  if (stillRunning > 0) log({ level: 'warning', category: 'Host', message: 'What still runs is cut off.' });
  else await queuesStopped;
  await worker.terminate();
  await server.close();
};
