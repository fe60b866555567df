import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A plain TCP server that sends back what it hears and remembers how much that was. */
export interface EchoServer {
  readonly port: number;
  readonly heardBytes: number;
  readonly openConnections: number;
  close(): void;
}

export const portOf = (server: Server): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

export const startEcho = async (): Promise<EchoServer> => {
  const sockets = new Set<Socket>();
  let heardBytes = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heardBytes += chunk.length;
    });
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    get heardBytes() {
      return heardBytes;
    },
    get openConnections() {
      return sockets.size;
    },
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};

/** A client's side of one connection, and how it ended. */
export class Client {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  /** The code of the error it ended with, `end` for a normal end. */
  readonly ended: Promise<string>;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.ended = new Promise((resolve) => {
      this.socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
      this.socket.once('close', () => resolve('end'));
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Says something and waits until as much has come back. */
  async echo(text: string): Promise<string> {
    const from = this.received.length;
    this.socket.write(text);
    while (this.received.length < from + Buffer.byteLength(text)) {
      const outcome = await Promise.race([once(this.socket, 'data'), this.ended]);
      if (typeof outcome === 'string') throw new Error(outcome);
    }
    return this.received.subarray(from).toString('utf8');
  }
}
