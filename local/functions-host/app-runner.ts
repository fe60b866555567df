import { randomUUID } from 'node:crypto';
import type { Clock } from '../../src/time/clock.js';
import type { AppFunction } from './app-functions.js';
import type { FunctionApp } from './core/function-app.js';
import { invokeFunction } from './core/invoke-function.js';
import type { RpcInvocationRequest, RpcInvocationResponse, RpcTypedData } from './core/rpc-messages.js';
import { describeError } from './describe-error.js';
import type { HostLog } from './host-log.js';
import { newTrace } from './http/trace-context.js';
import { RunningWork } from './running-work.js';

/** How one invocation ended; its failure is in the log already. */
export type InvocationOutcome =
  | { readonly kind: 'succeeded'; readonly response: RpcInvocationResponse }
  | { readonly kind: 'failed' };

/** Up to 16 random bytes in hex, from the source of UUIDs for its speed: two are drawn for every request. */
export const randomHex = (bytes: number): string =>
  randomUUID()
    .replaceAll('-', '')
    .slice(0, bytes * 2);

/** Runs an app's functions, logs how each invocation ended, and knows how many are running. */
export class AppRunner {
  readonly running = new RunningWork();
  readonly #app: FunctionApp;
  readonly #clock: Clock;
  readonly #log: HostLog;

  constructor(app: FunctionApp, clock: Clock, log: HostLog) {
    this.#app = app;
    this.#clock = clock;
    this.#log = log;
  }

  /** Runs `target` with a request made by the host for one of its triggers. Never throws. */
  run(target: AppFunction, request: RpcInvocationRequest): Promise<InvocationOutcome> {
    return this.running.track(() => this.#run(target, request));
  }

  /** Runs a function that no HTTP request started, with `data` as its trigger's value. Never throws. */
  async runWithData(target: AppFunction, data: RpcTypedData): Promise<void> {
    const invocationId = randomUUID();
    const { functionId } = target.registered.metadata;
    await this.run(target, {
      invocationId,
      functionId,
      inputData: [{ name: target.binding.name, data }],
      triggerMetadata: {},
      traceContext: newTrace(randomHex),
      retryContext: null,
    });
  }

  async #run(target: AppFunction, request: RpcInvocationRequest): Promise<InvocationOutcome> {
    const startedMs = this.#clock.monotonicMs();
    const end = (result: string): string => {
      const durationMs = Math.round(this.#clock.monotonicMs() - startedMs);
      return `Executed 'Functions.${target.name}' (${result}, Id=${request.invocationId}, Duration=${durationMs}ms)`;
    };
    const line = { category: `Function.${target.name}`, invocationId: request.invocationId };
    try {
      const invocation = { app: this.#app, log: this.#log, target: target.registered, request };
      const response = await invokeFunction(invocation);
      this.#log({ ...line, level: 'information', message: end('Succeeded') });
      return { kind: 'succeeded', response };
    } catch (error) {
      this.#log({ ...line, level: 'error', message: `${end('Failed')}\n${describeError(error)}` });
      return { kind: 'failed' };
    }
  }
}
