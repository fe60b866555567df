import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpFunction } from '../app-functions.js';
import { type AppRunner, describeError, randomHex } from '../app-runner.js';
import type { HostLog } from '../host-log.js';
import type { RouteMatch, RouteTable } from '../routes/route-table.js';
import type { AdminEndpoints } from './admin-endpoints.js';
import { type FunctionKeys, givenKey, opens } from './function-keys.js';
import type { HttpExchange } from './http-exchange.js';
import { httpInvocationRequest } from './http-invocation.js';
import { discardBody, readBody } from './read-body.js';
import { readHeaders } from './request-headers.js';
import { readQuery } from './request-query.js';
import { readRequestTarget } from './request-target.js';
import { continueTrace } from './trace-context.js';
import { writeEmptyResponse, writeRpcResponse } from './write-response.js';

export interface HttpFrontOptions {
  readonly routes: RouteTable<HttpFunction>;
  readonly admin: AdminEndpoints;
  readonly runner: AppRunner;
  readonly bodyLimitBytes: number;
  /** `undefined`: keys are not asked for, as Core Tools does by default. */
  readonly keys: FunctionKeys | undefined;
  /** Stands in for a missing `Host` header. */
  readonly authority: string;
  readonly log: HostLog;
}

/** Answers every HTTP request that reaches the host. Whatever a request holds, it ends in an answer. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  #draining = false;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
  }

  /** From now on new requests are turned away with 503, and every connection ends with its answer. */
  drain(): void {
    this.#draining = true;
  }

  async handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    response.on('error', () => undefined);
    try {
      await this.#answer(request, response, expectsContinue);
    } catch (error) {
      const message = `An unhandled host error has occurred: ${describeError(error)}`;
      this.#options.log({ level: 'error', category: 'Host.Http', message });
      if (response.headersSent) response.destroy();
      else this.#end(response, 500);
    }
    discardBody(request);
  }

  #answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> | void {
    if (expectsContinue) response.shouldKeepAlive = false;
    if (this.#draining) return this.#end(response, 503);
    const headers = readHeaders(request.rawHeaders);
    if (headers === undefined) return this.#end(response, 400);
    const target = readRequestTarget(request.url ?? '', headers['host'], this.#options.authority);
    if (target === undefined) return this.#end(response, 400);
    const query = readQuery(target.search);
    const exchange = { request, response, target, headers, query, expectsContinue };
    if (/^\/admin(\/|$)/i.test(target.path)) return this.#options.admin.answer(exchange);
    const match = this.#options.routes.match(request.method ?? '', target.path);
    if (match !== undefined) return this.#invoke(exchange, match);
    return this.#end(response, target.path === '/' ? 200 : 404);
  }

  async #invoke(exchange: HttpExchange, { target, values }: RouteMatch<HttpFunction>): Promise<void> {
    const { keys, bodyLimitBytes, runner } = this.#options;
    const { request, response, headers, query } = exchange;
    if (keys !== undefined && !opens(keys, target.trigger.authLevel, givenKey(headers, query))) {
      return this.#end(response, 401);
    }
    const body = await readBody(exchange, bodyLimitBytes);
    if (body.kind === 'broken-off') return;
    if (body.kind === 'too-large') return this.#end(response, 413);
    const outcome = await runner.run(
      target,
      httpInvocationRequest({
        invocationId: randomUUID(),
        functionId: target.registered.metadata.functionId,
        triggerName: target.binding.name,
        method: request.method ?? '',
        url: exchange.target.url,
        headers,
        query,
        values,
        body: body.bytes,
        traceContext: continueTrace(headers, randomHex),
      }),
    );
    if (outcome.kind === 'failed') return this.#end(response, 500);
    if (this.#draining) response.shouldKeepAlive = false;
    writeRpcResponse(response, outcome.response.returnValue?.http);
  }

  #end(response: ServerResponse, status: number): void {
    if (this.#draining) response.shouldKeepAlive = false;
    writeEmptyResponse(response, status);
  }
}
