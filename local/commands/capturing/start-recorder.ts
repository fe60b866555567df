import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { KeptRequest } from '../../senders/http-file.js';

/** One request that came through, and what the app answered. */
export interface Recorded {
  readonly request: KeptRequest;
  readonly method: string;
  readonly status: number;
  readonly answer: string;
}

export interface Recorder {
  readonly port: number;
  close(): Promise<void>;
}

export interface RecorderOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly hostUrl: string;
  /** Called when the answer is on its way back. */
  readonly onRecorded: (recorded: Recorded) => void;
}

const pairs = (raw: readonly string[]): readonly (readonly [string, string])[] =>
  Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? '', raw[2 * index + 1] ?? '']);

/** The app, and nobody else whatever the path names, gets the very bytes and headers, in their order, that came here. */
const forward = (hostUrl: string, incoming: IncomingMessage, body: Buffer) =>
  new Promise<{ readonly reply: IncomingMessage; readonly bytes: Buffer }>((resolve, reject) => {
    const headers = pairs(incoming.rawHeaders)
      .filter(([name]) => !/^(connection|transfer-encoding|content-length)$/i.test(name))
      .flat();
    const { hostname, port } = new URL(hostUrl);
    const sent = request({
      hostname,
      port,
      path: incoming.url,
      method: incoming.method,
      headers: [...headers, 'content-length', String(body.length)],
    });
    sent.once('error', reject);
    sent.once('response', (reply) => {
      buffer(reply).then((bytes) => resolve({ reply, bytes }), reject);
    });
    sent.end(body);
  });

const handle = async (options: RecorderOptions, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
  const body = await buffer(incoming);
  const { reply, bytes } = await forward(options.hostUrl, incoming, body);
  const headers = pairs(reply.rawHeaders).filter(
    ([name]) => !/^(connection|keep-alive|transfer-encoding|content-length)$/i.test(name),
  );
  outgoing.writeHead(reply.statusCode ?? 502, [...headers.flat(), 'content-length', String(bytes.length)]);
  outgoing.end(bytes);
  const kept = { path: incoming.url ?? '/', headers: pairs(incoming.rawHeaders), body };
  options.onRecorded({
    request: kept,
    method: incoming.method ?? '',
    status: reply.statusCode ?? 502,
    answer: bytes.toString('utf8'),
  });
};

/** Stands before the app on this machine, hands everything on, and tells what came through. */
export const startRecorder = async (options: RecorderOptions): Promise<Recorder> => {
  const server = createServer((incoming, outgoing) => {
    handle(options, incoming, outgoing).catch(() => {
      if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-type': 'text/plain' });
      outgoing.end('The local stack does not answer\n');
    });
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    async close() {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
};
