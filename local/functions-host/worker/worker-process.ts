import type { ChildProcess } from 'node:child_process';
import type { RpcInvocationRequest } from '../core/rpc-messages.js';
import { FunctionsHostError } from '../functions-host-error.js';
import type { AppWorker, StartWorker, WorkerAnswer } from './app-worker.js';
import { levelOfErrorLine, logConsole } from './console-lines.js';
import { forkWorker } from './fork-worker.js';
import { type FromWorker, inBatches, messagesFromWorker, type ToWorker } from './worker-messages.js';

/** The app's terminate hooks have ten seconds; what is still there after that is ended. */
const graceMs = 12_000;

class WorkerProcess {
  readonly died: Promise<string>;
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (answer: WorkerAnswer) => void>();
  /** Its exit settles what cannot be told any more. */
  readonly #tell = inBatches<ToWorker>((messages) => {
    if (this.#child.connected) this.#child.send(messages, () => undefined);
  }).tell;
  #end: string | undefined;
  #isEnding = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    const died = Promise.withResolvers<string>();
    this.died = died.promise;
    // 'close' comes after all that it printed has been read.
    this.gone = new Promise((resolve) => child.once('close', () => resolve()));
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      this.#end = `The worker (process ${child.pid}) exited with ${signal ?? `code ${code}`}`;
      const reason = this.#end;
      for (const answer of this.#waiting.values()) answer({ kind: 'failed', reason });
      this.#waiting.clear();
      if (!this.#isEnding) died.resolve(reason);
    };
    if (child.exitCode === null && child.signalCode === null) child.once('exit', end);
    else end(child.exitCode, child.signalCode);
  }

  settle({ invocationId, answer }: Extract<FromWorker, { kind: 'answer' }>): void {
    this.#waiting.get(invocationId)?.(answer);
    this.#waiting.delete(invocationId);
  }

  invoke(request: RpcInvocationRequest): Promise<WorkerAnswer> {
    const reason = this.#end;
    if (reason !== undefined) return Promise.resolve({ kind: 'failed', reason });
    return new Promise((resolve) => {
      this.#waiting.set(request.invocationId, resolve);
      this.#tell({ kind: 'invoke', request });
    });
  }

  async terminate(): Promise<void> {
    this.#isEnding = true;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    if (this.#end === undefined) this.#tell({ kind: 'terminate' });
    await this.gone;
    clearTimeout(timer);
  }
}

export interface WorkerProcesses {
  /** What is started, and told to be a worker. */
  readonly script: string;
  /** One that was started for this app already. */
  readonly firstWorker: ChildProcess | undefined;
}

/** Runs the app in a process of its own. */
export const startWorkerProcess = ({ script, firstWorker }: WorkerProcesses): StartWorker => {
  let forked = firstWorker;
  return async ({ appDirectory, log }) => {
    const child = forked ?? forkWorker(script, appDirectory);
    forked = undefined;
    logConsole(log, child.stdout, () => 'information');
    logConsole(log, child.stderr, levelOfErrorLine);
    const worker = new WorkerProcess(child);
    const started = Promise.withResolvers<AppWorker>();
    const heed = (message: FromWorker): void => {
      if (message.kind === 'line') log(message.entry);
      else if (message.kind === 'answer') worker.settle(message);
      else if (message.kind === 'unfit') started.reject(unfit(message));
      else started.resolve(toAppWorker(worker, child.pid ?? 0, message.functions));
    };
    child.on('message', (sent: unknown) => messagesFromWorker(sent).forEach(heed));
    child.once('error', (error) => started.reject(new FunctionsHostError('entry-point-failed', String(error))));
    void worker.died.then((how) => started.reject(new FunctionsHostError('entry-point-failed', how)));
    try {
      return await started.promise;
    } catch (error) {
      child.kill('SIGKILL');
      await worker.gone;
      throw error;
    }
  };
};

const toAppWorker = (worker: WorkerProcess, pid: number, functions: AppWorker['functions']): AppWorker => ({
  pid,
  functions,
  died: worker.died,
  invoke: (request) => worker.invoke(request),
  terminate: () => worker.terminate(),
});

const unfit = ({ code, reason }: Extract<FromWorker, { kind: 'unfit' }>): Error =>
  code === 'unexpected' ? new Error(reason) : new FunctionsHostError(code, reason);
