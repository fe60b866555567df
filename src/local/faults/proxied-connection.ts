import type { Socket } from 'node:net';
import { DelayLine } from './delay-line.js';
import type { Fault } from './fault.js';

export interface ProxiedConnectionOptions {
  readonly client: Socket;
  readonly openTarget: () => Socket;
  /** The fault of the moment; asked for every piece of data. */
  readonly fault: () => Fault;
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
  readonly #target: Socket;
  readonly #fault: () => Fault;
  readonly #toTarget = new DelayLine();
  #passedBytes = 0;
  #swallowed = false;

  constructor({ client, openTarget, fault, onClosed }: ProxiedConnectionOptions) {
    this.#client = client;
    this.#fault = fault;
    this.#target = openTarget();
    this.#relay(client, this.#target);
    this.#relay(this.#target, client);
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

  #relay(from: Socket, to: Socket): void {
    const line = from === this.#client ? this.#toTarget : new DelayLine();
    const delayMs = (): number => {
      const fault = this.#fault();
      return fault.kind === 'slow' && line === this.#toTarget ? fault.delayMs : 0;
    };
    from.on('data', (chunk: Buffer) => line.push(delayMs(), () => this.#pass(chunk, from, to)));
    from.on('end', () => line.push(delayMs(), () => this.#end(to)));
    to.on('drain', () => from.resume());
    from.on('error', () => this.reset());
  }

  #pass(chunk: Buffer, from: Socket, to: Socket): void {
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
