import { hostname } from 'node:os';
import * as z from 'zod';
import type { Clock } from '../../../src/time/clock.js';
import type { AppFunction } from '../app-functions.js';
import type { AppRunner } from '../app-runner.js';
import { hostVersion } from '../core/functions-core.js';
import type { RpcTypedData } from '../core/rpc-messages.js';
import type { TimerListener } from '../timers/timer-listener.js';
import { type FunctionKeys, givenKey, opens } from './function-keys.js';
import type { HttpExchange } from './http-exchange.js';
import { readBody } from './read-body.js';
import { writeEmptyResponse } from './write-response.js';

export interface AdminEndpointsOptions {
  readonly functions: readonly AppFunction[];
  readonly timers: ReadonlyMap<string, TimerListener>;
  readonly runner: AppRunner;
  readonly keys: FunctionKeys | undefined;
  readonly hostId: string;
  readonly clock: Clock;
}

const invocationSchema = z.object({ input: z.unknown().optional() });

const maxInvocationBytes = 1024 * 1024;
const loopback = /^(127\.|::1$|::ffff:127\.)/;

/**
 * The host's own endpoints below `/admin`. With keys asked for, they want the master key; without, they serve callers
 * on this machine alone.
 */
export class AdminEndpoints {
  readonly #options: AdminEndpointsOptions;
  readonly #startedMs: number;

  constructor(options: AdminEndpointsOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  async answer(exchange: HttpExchange): Promise<void> {
    const { request, response, target } = exchange;
    const [, group, name, ...rest] = target.path.split('/').filter((part) => part !== '');
    const action = `${request.method} ${group?.toLowerCase()}`;
    if (action === 'GET host' && name === 'ping') return writeEmptyResponse(response, 200);
    if (!this.#admits(exchange)) return writeEmptyResponse(response, 401);
    if (action === 'GET host' && name === 'status') return writeJson(exchange, this.#status());
    if (action === 'GET functions' && name === undefined) return writeJson(exchange, this.#list());
    if (action === 'POST functions' && name !== undefined && rest.length === 0) return this.#run(exchange, name);
    writeEmptyResponse(response, 404);
  }

  #admits({ request, headers, query }: HttpExchange): boolean {
    const { keys } = this.#options;
    if (keys !== undefined) return opens(keys, 'admin', givenKey(headers, query));
    return loopback.test(request.socket.remoteAddress ?? '');
  }

  async #run(exchange: HttpExchange, name: string): Promise<void> {
    const { response, headers } = exchange;
    const target = this.#options.functions.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (target === undefined) return writeEmptyResponse(response, 404);
    if (!/^application\/(.+\+)?json\b/i.test(headers['content-type'] ?? '')) return writeEmptyResponse(response, 415);
    const body = await readBody(exchange, { limitBytes: maxInvocationBytes, clock: this.#options.clock });
    if (body.kind === 'broken-off') return;
    if (body.kind === 'too-slow') return writeEmptyResponse(response, 408);
    if (body.kind === 'too-large') return writeEmptyResponse(response, 413);
    const invocation = invocationSchema.safeParse(parseJson(body.bytes));
    if (!invocation.success || target.kind === 'http') return writeEmptyResponse(response, 400);
    const data = this.#options.timers.get(target.name)?.timerData(false) ?? toTypedData(invocation.data.input);
    void this.#options.runner.runWithData(target, data);
    writeEmptyResponse(response, 202);
  }

  #status(): object {
    const { hostId, clock } = this.#options;
    return {
      id: hostId,
      state: 'Running',
      version: hostVersion,
      versionDetails: 'built-in Functions host',
      computerName: hostname(),
      processUptime: Math.round(clock.monotonicMs() - this.#startedMs),
    };
  }

  #list(): readonly object[] {
    return this.#options.functions.map(({ name, metadata, disabled }) => ({
      name,
      language: 'node',
      isDisabled: disabled,
      config: { bindings: metadata.rawBindings.map((binding): unknown => JSON.parse(binding)) },
    }));
  }
}

const parseJson = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
};

const toTypedData = (input: unknown): RpcTypedData => {
  if (input === undefined || input === null) return {};
  return typeof input === 'string' ? { string: input } : { json: JSON.stringify(input) };
};

const writeJson = ({ response }: HttpExchange, content: object): void => {
  const body = JSON.stringify(content);
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};
