import { type CommandLine, readCommandLine, usage, usualPort } from './command-line.js';
import { consoleLog } from './console-log.js';
import { describeError } from './describe-error.js';
import { listFunctions } from './describe-functions.js';
import { FunctionsHostError } from './functions-host-error.js';
import { type FunctionsHost, startFunctionsHost } from './start-functions-host.js';
import { startWorkerProcess, type WorkerProcesses } from './worker/worker-process.js';

/** The machine-readable line: over IPC when a parent listens there, else on standard output. */
const announce = (message: Readonly<Record<string, unknown>>, sent: () => void = () => undefined): void => {
  if (process.send === undefined) process.stdout.write(`${JSON.stringify(message)}\n`, sent);
  else process.send(message, undefined, {}, sent);
};

/** The exit code of a process that has aborted. */
const abortedCode = 134;

const complain = (message: string): void => {
  process.stderr.write(`${message}\n`);
};

const start = async (workers: WorkerProcesses, { port, ...rest }: CommandLine): Promise<FunctionsHost> => {
  const shared = { environment: process.env, log: consoleLog, startWorker: startWorkerProcess(workers) };
  const options = { ...rest, ...shared };
  if (port !== 'auto') return startFunctionsHost({ ...options, port });
  try {
    return await startFunctionsHost({ ...options, port: usualPort });
  } catch (error) {
    if (!(error instanceof FunctionsHostError && error.code === 'port-taken')) throw error;
    return startFunctionsHost({ ...options, port: 0 });
  }
};

const readArguments = (): CommandLine => {
  try {
    return readCommandLine(process.argv.slice(2));
  } catch (error) {
    complain(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    process.exit(2);
  }
};

const endWith = (host: FunctionsHost): void => {
  const end = (): void => {
    host.close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(describeError(error));
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
  process.once('disconnect', end);
  // The parent may have ended while the app was loading.
  if (process.connected === false) end();
  void host.failed.then((reason) => {
    complain(reason);
    process.exit(reason.startsWith('Out of memory') ? abortedCode : 1);
  });
};

/** The host as a command: serves an app until it is told to end, and says where. */
export const runHost = async (workers: WorkerProcesses): Promise<void> => {
  try {
    const line = readArguments();
    const host = await start(workers, line);
    endWith(host);
    const { port, url, functions, workerPid } = host;
    if (!line.isBrief) process.stdout.write(`\n${listFunctions(functions)}\n\n`);
    announce({ kind: 'functions-host-ready', port, url, functions, workerPid });
  } catch (error) {
    const code = error instanceof FunctionsHostError ? error.code : 'unexpected';
    complain(error instanceof FunctionsHostError ? error.message : describeError(error));
    const message = error instanceof Error ? error.message : String(error);
    process.exitCode = 1;
    announce({ kind: 'functions-host-failed', code, message }, () => process.exit());
  }
};
