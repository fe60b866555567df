import { connect, type Socket } from 'node:net';
import { DelayLine } from './delay-line.js';
import type { Fault } from './fault.js';

export interface ProxiedConnectionOptions {
  readonly client: Socket;
  /** Where the next request is to go, a port of 127.0.0.1. */
  readonly targetPort: () => number;
  /** The fault of the moment; asked for every piece of data. */
  readonly fault: () => Fault;
  /** Called for every piece of data that the client says. */
  readonly onSaid: () => void;
  readonly onClosed: () => void;
}

/** A reset while the socket is still shutting down fails, and leaves Node turning in circles when the process exits. */
const breakOff = (socket: Socket): void => {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
};

/** One client's connection and the one that carries it on to the target. Both end together. */
export class ProxiedConnection {
  readonly #client: Socket;
  readonly #fault: () => Fault;
  readonly #wantedPort: () => number;
  readonly #onSaid: () => void;
  readonly #toTarget = new DelayLine();
  #port: number;
  #target: Socket;
  /** Nothing was said since the last answer: what the client says next begins a request. */
  #answered = true;
  #passedBytes = 0;
  #swallowed = false;
  /** The last bytes are on their way: what comes after them goes nowhere. */
  #dropped = false;

  constructor({ client, targetPort, fault, onSaid, onClosed }: ProxiedConnectionOptions) {
    this.#client = client;
    this.#fault = fault;
    this.#onSaid = onSaid;
    this.#wantedPort = targetPort;
    this.#port = targetPort();
    this.#relayClient();
    this.#target = this.#openTarget();
    client.once('close', onClosed);
  }

  /** Takes note that the fault was `previous` and is another now. */
  faultChanged(previous: Fault): void {
    const { kind } = this.#fault();
    this.#passedBytes = 0;
    const isBroken = previous.kind === 'hang' && kind !== 'hang' && this.#swallowed;
    if (isBroken || kind === 'reset' || kind === 'refuse') this.reset();
  }

  reset(): void {
    this.#toTarget.clear();
    breakOff(this.#client);
    breakOff(this.#target);
  }

  #relayClient(): void {
    const client = this.#client;
    const delayMs = (): number => {
      const fault = this.#fault();
      return fault.kind === 'slow' ? fault.delayMs : 0;
    };
    client.on('data', (chunk: Buffer) => {
      this.#onSaid();
      this.#toTarget.push(delayMs(), () => this.#ask(chunk));
    });
    client.on('end', () => this.#toTarget.push(delayMs(), () => this.#end(this.#target)));
    client.on('drain', () => this.#target.resume());
    client.on('error', () => this.reset());
  }

  #openTarget(): Socket {
    const target = connect({ host: '127.0.0.1', port: this.#port, allowHalfOpen: true, noDelay: true });
    target.on('data', (chunk: Buffer) => this.#answer(chunk));
    target.on('end', () => this.#end(this.#client));
    target.on('drain', () => this.#client.resume());
    target.on('error', () => this.reset());
    return target;
  }

  #ask(chunk: Buffer): void {
    if (this.#answered && this.#port !== this.#wantedPort()) this.#turnToWanted();
    this.#answered = false;
    this.#pass(chunk, this.#client, this.#target);
  }

  #answer(chunk: Buffer): void {
    this.#answered = true;
    this.#pass(chunk, this.#target, this.#client);
  }

  /** Between two requests the client does not notice that someone else answers it. */
  #turnToWanted(): void {
    this.#target.removeAllListeners();
    this.#target.on('error', () => {});
    this.#target.destroy();
    this.#client.resume();
    this.#port = this.#wantedPort();
    this.#target = this.#openTarget();
  }

  #pass(chunk: Buffer, from: Socket, to: Socket): void {
    if (this.#dropped) return;
    const fault = this.#fault();
    if (fault.kind === 'hang') {
      this.#swallowed = true;
      return;
    }
    const allowance = fault.kind === 'drop-after' ? fault.bytes - this.#passedBytes : chunk.length;
    this.#passedBytes += chunk.length;
    if (allowance < chunk.length) this.#drop(chunk.subarray(0, allowance), to);
    else if (!to.write(chunk)) from.pause();
  }

  /** The last bytes go out before the connection breaks: the client is reset, the target sees it end too early. */
  #drop(last: Buffer, to: Socket): void {
    this.#dropped = true;
    this.#client.pause();
    this.#target.pause();
    to.write(last, () => {
      breakOff(this.#client);
      this.#target.destroySoon();
    });
  }

  #end(to: Socket): void {
    if (this.#fault().kind === 'hang') this.reset();
    else to.end();
  }
}
