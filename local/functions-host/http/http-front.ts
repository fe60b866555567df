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
import type { HttpExchange } from './http-exchange.js';
import { httpInvocationRequest } from './http-invocation.js';
import { LargeBodyTurns } from './large-body-turns.js';
import { declaredLength, discardBody, readBody } from './read-body.js';
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
  readonly clock: Clock;
  readonly log: HostLog;
}

/** Azure's host fails at a body above its limit, before any function is asked. */
const tooLargeStatus = 500;

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
  readonly #turns: LargeBodyTurns;
  #draining = false;

  constructor(options: HttpFrontOptions) {
    this.#options = options;
    this.#turns = new LargeBodyTurns(options.clock);
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
    const headers = readHeaders(request.rawHeaders);
    if (headers === undefined) return this.#end(response, 400);
    const target = readRequestTarget(request.url ?? '', headers['host'], this.#options.authority);
    if (target === undefined) return this.#end(response, 400);
    const query = readQuery(target.search);
    const forwarded = withForwardedFor(headers, request.socket);
    const exchange = { request, response, target, headers: forwarded, query, expectsContinue };
    if (/^\/admin(\/|$)/i.test(target.path)) return this.#options.admin.answer(exchange);
    const match = this.#options.routes.match(request.method ?? '', target.path);
    if (match !== undefined) return this.#invoke(exchange, match);
    return this.#end(response, target.path === '/' ? 200 : 404);
  }

  #invoke(exchange: HttpExchange, match: RouteMatch<HttpFunction>): Promise<void> | void {
    const { keys } = this.#options;
    const { response, headers, query } = exchange;
    if (keys !== undefined && !opens(keys, match.target.trigger.authLevel, givenKey(headers, query))) {
      return this.#end(response, 401);
    }
    return this.#invokeWhole(exchange, match);
  }

  async #invokeWhole(exchange: HttpExchange, match: RouteMatch<HttpFunction>): Promise<void> {
    const { response } = exchange;
    const { bodyLimitBytes } = this.#options;
    const declared = declaredLength(exchange.request) ?? bodyLimitBytes;
    const body = await this.#turns.take(declared, () => readBody(exchange, bodyLimitBytes));
    if (body.kind === 'broken-off') return;
    if (body.kind === 'too-large') return this.#end(response, tooLargeStatus);
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

  #end(response: ServerResponse, status: number): void {
    if (this.#draining) response.shouldKeepAlive = false;
    writeEmptyResponse(response, status);
  }
}
