import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { ErrorAnswers } from './error-answers.js';
import type { Fault } from './fault.js';
import { ProxiedConnection } from './proxied-connection.js';

export interface FaultProxyOptions {
  /** What stands behind it, for people. */
  readonly name: string;
  /** 0 takes a free one. */
  readonly listenPort: number;
  readonly targetPort: number;
  /** What plays the fault `error`; closed with the proxy. Absent: there is no such fault here. */
  readonly errors?: ErrorAnswers;
}

/** What has come to a proxy since it was started. Connections that are refused do not come to it. */
export interface ProxyTraffic {
  readonly connections: number;
  /** Pieces of data that clients said, as they arrived: a small request is one, a large one several. */
  readonly pieces: number;
}

/** A TCP proxy on 127.0.0.1 that can be told to misbehave. */
export interface FaultProxy {
  readonly name: string;
  readonly port: number;
  readonly fault: Fault;
  readonly traffic: ProxyTraffic;
  /**
   * Takes effect at once, on open connections too. Resolves when the port is as the fault wants it; never rejects. Throws
   * `TypeError` for an `error` that nothing here can play.
   */
  setFault(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const listenAgainMs = 50;
/**
 * Where a free port is searched: below the ports that systems assign. A proxy that refuses connections releases its port, and nobody
 * else may get it by chance in the meantime.
 */
const ownPorts = { from: 11_000, to: 32_000 } as const;
const mostTries = 50;

class TcpFaultProxy implements FaultProxy {
  readonly name: string;
  readonly #targetPort: number;
  readonly #errors: ErrorAnswers | undefined;
  readonly #connections = new Set<ProxiedConnection>();
  #server: Server | undefined;
  #port: number;
  #fault: Fault = { kind: 'none' };
  #closed = false;
  #seenConnections = 0;
  #seenPieces = 0;
  #portChanges: Promise<void> = Promise.resolve();

  constructor({ name, listenPort, targetPort, errors }: FaultProxyOptions) {
    this.name = name;
    this.#port = listenPort;
    this.#targetPort = targetPort;
    this.#errors = errors;
  }

  get port(): number {
    return this.#port;
  }

  get fault(): Fault {
    return this.#fault;
  }

  get traffic(): ProxyTraffic {
    return { connections: this.#seenConnections, pieces: this.#seenPieces };
  }

  async start(): Promise<void> {
    if (this.#port !== 0) return this.#listen();
    for (let tries = 1; ; tries += 1) {
      this.#port = randomInt(ownPorts.from, ownPorts.to);
      try {
        return await this.#listen();
      } catch (fault) {
        if (tries === mostTries) throw fault;
      }
    }
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      this.#seenConnections += 1;
      if (!this.#wantsPort || this.#fault.kind === 'reset') return void client.resetAndDestroy();
      const connection: ProxiedConnection = new ProxiedConnection({
        client,
        targetPort: () => this.#portBehind,
        fault: () => this.#fault,
        onSaid: () => {
          this.#seenPieces += 1;
        },
        onClosed: () => this.#connections.delete(connection),
      });
      this.#connections.add(connection);
    });
    server.listen({ port: this.#port, host });
    await once(server, 'listening');
    this.#server = server;
  }

  setFault(fault: Fault): Promise<void> {
    if (fault.kind === 'error' && this.#errors === undefined)
      throw new TypeError(`Nothing answers with errors before ${this.name}`);
    const previous = this.#fault;
    this.#fault = fault;
    this.#errors?.setErrorStatus(fault.kind === 'error' ? fault.status : undefined);
    for (const connection of this.#connections) connection.faultChanged(previous);
    return this.#changePort();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections) connection.reset();
    await this.#changePort();
    await this.#errors?.close?.();
  }

  get #portBehind(): number {
    return this.#fault.kind === 'error' ? (this.#errors?.port ?? this.#targetPort) : this.#targetPort;
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
      await this.#listen().catch(() => delay(listenAgainMs));
    }
    if (this.#wantsPort) return;
    this.#server?.close();
    this.#server = undefined;
  }
}

/** Starts a proxy before a port of this machine. Rejects with Node's own error, `EADDRINUSE`, when its port is taken. */
export const startFaultProxy = async (options: FaultProxyOptions): Promise<FaultProxy> => {
  const proxy = new TcpFaultProxy(options);
  try {
    await proxy.start();
    return proxy;
  } catch (fault) {
    await proxy.close();
    throw fault;
  }
};
