import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/time/clock.js';
import type { AppFunction } from './app-functions.js';
import type { RpcInvocationRequest, RpcTypedData } from './core/rpc-messages.js';
import type { HostLog } from './host-log.js';
import { newTrace } from './http/trace-context.js';
import { RunningWork } from './running-work.js';
import type { AppWorker, WorkerAnswer } from './worker/app-worker.js';

/** Up to 16 random bytes in hex, from the source of UUIDs for its speed: two are drawn for every request. */
export const randomHex = (bytes: number): string =>
  randomUUID()
    .replaceAll('-', '')
    .slice(0, bytes * 2);

/** Runs an app's functions, logs how each invocation ended, and knows how many are running. */
export class AppRunner {
  readonly running = new RunningWork();
  readonly #worker: Pick<AppWorker, 'invoke'>;
  readonly #clock: Clock;
  readonly #log: HostLog;

  constructor(worker: Pick<AppWorker, 'invoke'>, clock: Clock, log: HostLog) {
    this.#worker = worker;
    this.#clock = clock;
    this.#log = log;
  }

  /** Runs `target` with a request made by the host for one of its triggers; a failure is in the log already. Never throws. */
  run(target: AppFunction, request: RpcInvocationRequest): Promise<WorkerAnswer> {
    return this.running.track(() => this.#run(target, request));
  }

  /** Runs a function that no HTTP request started, with `data` as its trigger's value. Never throws. */
  runWithData(
    target: AppFunction,
    data: RpcTypedData,
    triggerMetadata: Readonly<Record<string, RpcTypedData>> = {},
  ): Promise<WorkerAnswer> {
    const invocationId = randomUUID();
    const { functionId } = target.metadata;
    return this.run(target, {
      invocationId,
      functionId,
      inputData: [{ name: target.binding.name, data }],
      triggerMetadata,
      traceContext: newTrace(randomHex),
      retryContext: null,
    });
  }

  async #run(target: AppFunction, request: RpcInvocationRequest): Promise<WorkerAnswer> {
    const startedMs = this.#clock.monotonicMs();
    const end = (result: string): string => {
      const durationMs = Math.round(this.#clock.monotonicMs() - startedMs);
      return `Executed 'Functions.${target.name}' (${result}, Id=${request.invocationId}, Duration=${durationMs}ms)`;
    };
    const line = { category: `Function.${target.name}`, invocationId: request.invocationId };
    const answer = await this.#worker.invoke(request);
    if (answer.kind === 'succeeded') this.#log({ ...line, level: 'information', message: end('Succeeded') });
    else this.#log({ ...line, level: 'error', message: `${end('Failed')}\n${answer.reason}` });
    return answer;
  }
}
