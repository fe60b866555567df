import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './fault.js';
import { ProxiedConnection } from './proxied-connection.js';

export interface FaultProxyOptions {
  /** What stands behind it, for people. */
  readonly name: string;
  /** 0 takes a free one. */
  readonly listenPort: number;
  readonly targetPort: number;
}

/** A TCP proxy on 127.0.0.1 that can be told to misbehave. */
export interface FaultProxy {
  readonly name: string;
  readonly port: number;
  readonly fault: Fault;
  /** Takes effect at once, on open connections too. Resolves when the port is as the fault wants it; never rejects. */
  setFault(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const listenAgainMs = 50;

class TcpFaultProxy implements FaultProxy {
  readonly name: string;
  readonly #targetPort: number;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #port: number;
  #fault: Fault = { kind: 'none' };
  #closed = false;
  #portChanges: Promise<void> = Promise.resolve();

  constructor({ name, listenPort, targetPort }: FaultProxyOptions) {
    this.name = name;
    this.#port = listenPort;
    this.#targetPort = targetPort;
  }

  get port(): number {
    return this.#port;
  }

  get fault(): Fault {
    return this.#fault;
  }

  async listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      if (!this.#wantsPort || this.#fault.kind === 'reset') return void client.resetAndDestroy();
      const connection: ProxiedConnection = new ProxiedConnection({
        client,
        openTarget: () => connect({ host, port: this.#targetPort, allowHalfOpen: true, noDelay: true }),
        fault: () => this.#fault,
        onClosed: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
    server.listen({ port: this.#port, host });
    await once(server, 'listening');
    const address = server.address();
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
  }

  setFault(fault: Fault): Promise<void> {
    const previous = this.#fault;
    this.#fault = fault;
    for (const connection of this.#connections) connection.faultChanged(previous);
    return this.#changePort();
  }

  close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections) connection.reset();
    return this.#changePort();
  }

  get #wantsPort(): boolean {
    return !this.#closed && this.#fault.kind !== 'refuse';
  }

  #changePort(): Promise<void> {
    this.#portChanges = this.#portChanges.then(() => this.#settlePort());
    return this.#portChanges;
  }

  /** The port was given up while connections were refused: someone may hold it for a moment. */
  async #settlePort(): Promise<void> {
    while (this.#wantsPort && this.#server === undefined) {
      await this.listen().catch(() => delay(listenAgainMs));
    }
    if (this.#wantsPort) return;
    this.#server?.close();
    this.#server = undefined;
  }
}

/** Starts a proxy before a port of this machine. Rejects with Node's own error, `EADDRINUSE`, when its port is taken. */
export const startFaultProxy = async (options: FaultProxyOptions): Promise<FaultProxy> => {
  const proxy = new TcpFaultProxy(options);
  await proxy.listen();
  return proxy;
};
