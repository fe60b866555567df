import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => unknown;

/** A server of a test's own: it answers as told, and can be broken. */
export interface LocalService {
  readonly url: string;
  readonly asked: string[];
  answer: Answer;
  /** Answers every request with this status; `undefined` ends it. */
  fault: number | undefined;
  close(): void;
}

export const startService = async (answer: Answer): Promise<LocalService> => {
  const service: LocalService = { url: '', asked: [], answer, fault: undefined, close: () => {} };
  const server = createServer(async (request, response) => {
    service.asked.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (service.fault === undefined) service.answer(request, response, Buffer.concat(chunks));
    else response.writeHead(service.fault).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return Object.assign(service, { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, close });
};

export const json = (response: ServerResponse, body: unknown, headers = {}): void =>
  void response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
