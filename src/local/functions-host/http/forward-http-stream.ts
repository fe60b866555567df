import { type Agent, type ClientRequest, type IncomingMessage, request as sendRequest } from 'node:http';
import type { HttpExchange } from './http-exchange.js';

/** Where an app that asked for HTTP streams takes its requests. */
export interface StreamTarget {
  readonly httpUri: string;
  readonly agent: Agent;
}

/** How a forwarded request ended: answered to its last byte, or with nothing sent to the client yet. */
export type StreamEnd = 'answered' | 'unanswered' | 'too-large' | 'failed';

const hopByHop = new Set(['connection', 'expect', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/**
 * Passes a request on to the app's own stream server as the real host does, body and answer as streams. The function
 * must be invoked at the same time under the same `invocationId`: it is what makes the app read and answer.
 */
export class HttpStreamForward {
  readonly #upstream: ClientRequest;
  readonly #end = Promise.withResolvers<StreamEnd>();
  #answering = false;

  constructor(
    exchange: HttpExchange,
    invocationId: string,
    target: StreamTarget & { readonly bodyLimitBytes: number },
  ) {
    const { request, response } = exchange;
    const { path, search } = exchange.target;
    const { method } = request;
    const headers = forwardedHeaders(exchange, invocationId);
    const url = new URL(target.httpUri);
    const { hostname, port } = url;
    const options = { agent: target.agent, hostname, port, path: `${path}${search}`, headers };
    this.#upstream = sendRequest(method === undefined ? options : { ...options, method });
    this.#upstream.once('response', (answer) => this.#answer(answer, exchange));
    this.#upstream.once('error', () => this.#end.resolve('failed'));
    response.once('close', () => {
      if (this.#answering) this.#end.resolve('answered');
      this.#upstream.destroy();
    });
    if (exchange.expectsContinue) response.writeContinue();
    this.#sendBody(request, target.bodyLimitBytes);
  }

  get end(): Promise<StreamEnd> {
    return this.#end.promise;
  }

  /** The function has ended: unless its answer arrives within `patienceMs`, there is none. */
  giveUp(end: 'unanswered' | 'failed', patienceMs: number): void {
    setTimeout(() => {
      if (this.#answering) return;
      this.#end.resolve(end);
      this.#upstream.destroy();
    }, patienceMs).unref();
  }

  #sendBody(request: IncomingMessage, limitBytes: number): void {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) return;
      this.#end.resolve('too-large');
      request.unpipe(this.#upstream);
      this.#upstream.destroy();
    });
    request.once('error', () => this.#upstream.destroy());
    request.pipe(this.#upstream);
  }

  #answer(answer: IncomingMessage, { response }: HttpExchange): void {
    if (response.headersSent) {
      answer.destroy();
      return;
    }
    this.#answering = true;
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders));
    answer.once('error', () => response.destroy());
    answer.pipe(response);
  }
}

const forwardedHeaders = ({ headers, target }: HttpExchange, invocationId: string): Record<string, string> => {
  const forwarded: Record<string, string> = Object.create(null);
  for (const name in headers) {
    if (!hopByHop.has(name)) forwarded[name] = Buffer.from(headers[name] ?? '', 'utf8').toString('latin1');
  }
  forwarded['x-forwarded-host'] = new URL(target.url).host;
  forwarded['x-forwarded-proto'] = 'http';
  forwarded['x-ms-invocation-id'] = invocationId;
  return forwarded;
};

const endToEnd = (rawHeaders: readonly string[]): string[] => {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    if (!hopByHop.has(name.toLowerCase()) && name.toLowerCase() !== 'x-ms-invocation-id') kept.push(name, value);
  }
  return kept;
};
