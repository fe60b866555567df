import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { FunctionsHostError } from '../functions-host-error.js';
import { portOwner } from '../port-owner.js';
import type { HttpFront } from './http-front.js';
import { kestrel, refuseUnreadable, type UnreadableRequest } from './request-limits.js';
import { writeEmptyResponse } from './write-response.js';

/** A listening HTTP server. Until it is told what to serve, it answers 503. */
export interface HttpServer {
  readonly port: number;
  serve(front: HttpFront): void;
  /** Takes no more connections; the open ones stay. */
  stopListening(): void;
  /** Ends every connection and resolves when all are gone. */
  close(): Promise<void>;
}

/** Node.js counts the first line as a header, and cuts off where it should refuse: it gets room for both, and the front refuses. */
const serverOptions = {
  maxHeaderSize: kestrel.requestLineBytes + kestrel.headerBytes + 4_096,
  headersTimeout: kestrel.headersMs,
  connectionsCheckingInterval: 1_000,
  requestTimeout: 0,
  keepAliveTimeout: 130_000,
} as const;

const lingerMs = 5_000;

/** Listens on `port` (0: any free one). Throws `FunctionsHostError` `port-taken`. */
export const startHttpServer = async (port: number, hostname: string, patience = {}): Promise<HttpServer> => {
  const closed = Promise.withResolvers<void>();
  let front: HttpFront | undefined;
  const server = createServer({ ...serverOptions, ...patience }, (request, response) => {
    if (front === undefined) writeEmptyResponse(response, 503);
    else void front.handle(request, response, false);
  });
  server.on('checkContinue', (request, response) => {
    if (front === undefined) writeEmptyResponse(response, 503);
    else void front.handle(request, response, true);
  });
  server.maxHeadersCount = 0;
  server.on('clientError', (error: UnreadableRequest, socket) => {
    // What comes after it is read and forgotten for a while: closed at once, the connection would take the answer with it.
    if (!socket.writable) return;
    socket.end(refuseUnreadable(error));
    setTimeout(() => socket.destroy(), lingerMs).unref();
  });
  await listen(server, port, hostname);
  return {
    port: boundPort(server),
    serve: (newFront) => {
      front = newFront;
    },
    // An HTTP server's own `close` would also cut off answers that are still being sent.
    stopListening: () => {
      NetServer.prototype.close.call(server, () => closed.resolve());
    },
    close: () => {
      server.closeAllConnections();
      return closed.promise;
    },
  };
};

const listen = async (server: Server, port: number, hostname: string): Promise<void> => {
  server.listen({ port, host: hostname });
  try {
    await once(server, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const owner = await portOwner(port);
    const by = owner === undefined ? '' : ` by ${owner}`;
    const advice = 'Close that process, or choose another port with --port <number> or --port auto.';
    throw new FunctionsHostError('port-taken', `Port ${port} is taken${by}. ${advice}`, { cause: error });
  }
};

const boundPort = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};
