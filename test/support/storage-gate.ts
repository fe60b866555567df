import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Stands between a process and storage, and shuts behind a write that it is told to wait for: nothing later gets through, and nobody hears of it. */
export class StorageGate {
  readonly #storagePort: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #path: string | undefined;
  #isShut = false;
  #shut = Promise.withResolvers<void>();

  constructor(storagePort: number) {
    this.#storagePort = storagePort;
    this.#server = createServer((client) => this.#relay(client));
  }

  /** Answers the port by which storage is reached through it. */
  async listen(): Promise<number> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Resolves once a blob has been written whose path contains this. */
  shutBehind(path: string): Promise<void> {
    this.#path = path;
    this.#shut = Promise.withResolvers<void>();
    return this.#shut.promise;
  }

  open(): void {
    this.#path = undefined;
    this.#isShut = false;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #relay(client: Socket): void {
    const storage = connect({ host: '127.0.0.1', port: this.#storagePort });
    let isAwaited = false;
    client.on('data', (bytes) => {
      const [, path] = /^PUT (\S+)/.exec(bytes.toString('latin1', 0, 1_000)) ?? [];
      if (path !== undefined) isAwaited = this.#path !== undefined && path.includes(this.#path);
      if (!this.#isShut) storage.write(bytes);
    });
    storage.on('data', (bytes) => {
      if (isAwaited && bytes.includes('HTTP/1.1 201 ')) {
        this.#isShut = true;
        this.#shut.resolve();
      }
      if (!this.#isShut) client.write(bytes);
    });
    this.#endTogether(client, storage);
    this.#endTogether(storage, client);
  }

  #endTogether(one: Socket, other: Socket): void {
    this.#sockets.add(one);
    one.on('error', () => {});
    one.on('close', () => {
      this.#sockets.delete(one);
      other.destroy();
    });
  }
}
