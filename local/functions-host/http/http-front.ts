import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../../src/time/clock.js';
import type { HttpFunction } from '../app-functions.js';
import { type AppRunner, randomHex } from '../app-runner.js';
import type { RpcInvocationRequest } from '../core/rpc-messages.js';
import { describeError } from '../describe-error.js';
import type { HostLog } from '../host-log.js';
import type { RouteMatch, RouteTable } from '../routes/route-table.js';
import type { AdminEndpoints } from './admin-endpoints.js';
import { withForwardedFor } from './forwarded-for.js';
import { type FunctionKeys, givenKey, opens } from './function-keys.js';
import type { HostMemory } from './host-memory.js';
import type { HttpExchange } from './http-exchange.js';
import { httpInvocationRequest } from './http-invocation.js';
import { discardBody, readBody } from './read-body.js';
import { readHeaders } from './request-headers.js';
import { overLimitStatus } from './request-limits.js';
import { readQuery } from './request-query.js';
import { readRequestTarget } from './request-target.js';
import { RequestTurns } from './request-turns.js';
import { continueTrace } from './trace-context.js';
import { writeEmptyResponse, writeRpcResponse } from './write-response.js';

export interface HttpFrontOptions {
  readonly routes: RouteTable<HttpFunction>;
  readonly admin: AdminEndpoints;
  readonly runner: AppRunner;
  readonly bodyLimitBytes: number;
  /** Functions that run at once; below zero: as many as are asked for. */
  readonly requestsAtOnce: number;
  /** Plays a front like Azure's, which adds the caller to `X-Forwarded-For`. */
  readonly isFront: boolean;
  /** Of an instance in Azure; absent: bodies cost what they cost here. */
  readonly memory: HostMemory | undefined;
  /** What `/` is answered. */
  readonly homepageStatus: 200 | 204;
  /** `undefined`: keys are not asked for, as Core Tools does by default. */
  readonly keys: FunctionKeys | undefined;
  /** Stands in for a missing `Host` header. */
  readonly authority: string;
  readonly clock: Clock;
  readonly log: HostLog;
}

/** Azure's host fails at a body above its limit, or one that comes too slowly, before any function is asked. */
const unreadStatus = 500;

const invocationRequest = (
  { request, target, headers, query }: HttpExchange,
  { target: { metadata, binding }, values }: RouteMatch<HttpFunction>,
  body: Buffer,
): RpcInvocationRequest =>
  httpInvocationRequest({
    invocationId: randomUUID(),
    functionId: metadata.functionId,
    triggerName: binding.name,
    method: request.method ?? '',
    url: target.url,
    headers,
    query,
    values,
    body,
    traceContext: continueTrace(headers, randomHex),
  });

/** Answers every HTTP request that reaches the host. Whatever a request holds, it ends in an answer. */
export class HttpFront {
  readonly #options: HttpFrontOptions;
  readonly #turns: RequestTurns;
  #draining = false;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#turns = new RequestTurns(options.requestsAtOnce);
  }

  /** From now on new requests are turned away with 503, and every connection ends with its answer. */
  drain(): void {
    this.#draining = true;
  }

  /** Resolves when the answer has left, or the client has. Never rejects. */
  handle(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    const { clock, runner } = this.#options;
    return runner.running.track(async () => {
      const closed = new Promise<void>((resolve) => response.once('close', resolve));
      response.on('error', () => undefined);
      try {
        await this.#answer(request, response, expectsContinue);
      } catch (error) {
        this.#fail(response, error);
      }
      discardBody(request, clock);
      await closed;
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> | void {
    if (expectsContinue) response.shouldKeepAlive = false;
    if (this.#draining) return this.#end(response, 503);
    const overLimit = overLimitStatus(request);
    if (overLimit !== undefined) return this.#refuse(response, overLimit);
    const headers = readHeaders(request.rawHeaders);
    if (headers === undefined) return this.#end(response, 400);
    const target = readRequestTarget(request.url ?? '', headers['host'], this.#options.authority);
    if (target === undefined) return this.#end(response, 400);
    const query = readQuery(target.search);
    const seen = this.#options.isFront ? withForwardedFor(headers, request.socket) : headers;
    const exchange = { request, response, target, headers: seen, query, expectsContinue };
    if (/^\/admin(\/|$)/i.test(target.path)) return this.#options.admin.answer(exchange);
    const match = this.#options.routes.match(request.method ?? '', target.path);
    if (match !== undefined) return this.#invoke(exchange, match);
    return this.#end(response, target.path === '/' ? this.#options.homepageStatus : 404);
  }

  #invoke(exchange: HttpExchange, match: RouteMatch<HttpFunction>): Promise<void> | void {
    const { keys } = this.#options;
    const { response, headers, query } = exchange;
    if (keys !== undefined && !opens(keys, match.target.trigger.authLevel, givenKey(headers, query))) {
      return this.#end(response, 401);
    }
    return this.#turns.take(() => this.#invokeWhole(exchange, match));
  }

  async #invokeWhole(exchange: HttpExchange, match: RouteMatch<HttpFunction>): Promise<void> {
    const { response } = exchange;
    const { bodyLimitBytes: limitBytes, clock, memory } = this.#options;
    const body = await readBody(exchange, { limitBytes, clock });
    if (body.kind === 'broken-off') return;
    if (body.kind === 'too-slow') return this.#refuse(response, unreadStatus);
    if (body.kind === 'too-large') return this.#end(response, unreadStatus);
    await memory?.parse(body.bytes);
    const outcome = await this.#options.runner.run(match.target, invocationRequest(exchange, match, body.bytes));
    if (outcome.kind === 'failed') return this.#end(response, 500);
    if (this.#draining) response.shouldKeepAlive = false;
    writeRpcResponse(response, outcome.response.returnValue?.http);
  }

  #fail(response: ServerResponse, error: unknown): void {
    const message = `An unhandled host error has occurred: ${describeError(error)}`;
    this.#options.log({ level: 'error', category: 'Host.Http', message });
    if (response.headersSent) response.destroy();
    else this.#end(response, 500);
  }

  /** The connection ends with its answer: nothing after this request can be read. */
  #refuse(response: ServerResponse, status: number): void {
    response.shouldKeepAlive = false;
    writeEmptyResponse(response, status);
  }

  #end(response: ServerResponse, status: number): void {
    if (this.#draining) response.shouldKeepAlive = false;
    writeEmptyResponse(response, status);
  }
}
