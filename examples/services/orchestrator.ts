import { CircuitBreaker } from '../../src/circuit-breaker/index.js';
import type { HttpHealth } from '../../src/guarded-http/index.js';
import { CommandQueue } from './command-queue.js';
import type { Service } from './service.js';

/** What the orchestrator tells of the bots: it is handed on as it comes. */
export type Telemetry = Readonly<Record<string, unknown>>;

export interface OrchestratorOptions {
  /** `ws://` or `wss://`; `undefined`: there is none, and commands are refused. */
  readonly url: string | undefined;
  readonly botName: string;
  readonly onTelemetry: (telemetry: Telemetry) => void;
  readonly maxCommands?: number;
  /** The first pause before connecting again; it doubles up to thirty times this. 1 000 unless set. */
  readonly firstPauseMs?: number;
  readonly random?: () => number;
}

export interface Orchestrator extends Service {
  /** `full`: so many wait already; `not-configured`: there is nobody to send to. */
  send(command: Readonly<Record<string, unknown>>): 'added' | 'full' | 'not-configured';
  readonly waiting: number;
  close(): void;
}

const opened = (url: string, signal: AbortSignal): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('error', () => reject(new Error('The orchestrator cannot be reached')), { once: true });
    signal.addEventListener('abort', () => socket.close(), { once: true });
  });

const closed = (socket: WebSocket): Promise<void> =>
  new Promise((resolve) => socket.addEventListener('close', () => resolve(), { once: true }));

/**
 * A connection to the bots' orchestrator that comes back by itself: it says who it is (`initialize`), hands telemetry on, and sends
 * commands in order. Commands wait while there is no connection, up to a bound.
 */
export const createOrchestrator = (options: OrchestratorOptions): Orchestrator => {
  const { url, botName, onTelemetry, maxCommands = 100, firstPauseMs = 1_000, random = Math.random } = options;
  const breaker = new CircuitBreaker<WebSocket, unknown>({
    name: 'orchestrator',
    options: { failureThreshold: 3, coolDownMs: 5_000 },
  });
  const commands = new CommandQueue<Readonly<Record<string, unknown>>>(maxCommands);
  let socket: WebSocket | undefined;
  let isClosing = false;
  let wake = (): void => {};

  const flush = (): void => {
    while (socket?.readyState === WebSocket.OPEN && commands.waiting > 0) socket.send(JSON.stringify(commands.take()));
  };

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const stay = async (address: string): Promise<void> => {
    for (let failures = 0; !isClosing; ) {
      const connection = await breaker.call((signal) => opened(address, signal));
      if (connection.ok) {
        failures = 0;
        socket = connection.value;
        socket.addEventListener('message', ({ data }) => onTelemetry(JSON.parse(String(data))));
        socket.send(JSON.stringify({ kind: 'initialize', bot: botName }));
        flush();
        await closed(socket);
        socket = undefined;
      } else failures += 1;
      if (!isClosing) await pause(firstPauseMs * Math.min(30, 2 ** failures) * (0.5 + random() / 2));
    }
  };

  commands.onWork(flush);
  if (url !== undefined) void stay(url);
  return {
    name: 'orchestrator',
    get waiting() {
      return commands.waiting;
    },
    health: (): HttpHealth => {
      if (url === undefined) return { status: 'NotConfigured', reasons: ['There is no address to connect to'] };
      if (socket !== undefined) return { status: 'Healthy', reasons: [] };
      return { status: breaker.state === 'Open' ? 'Unhealthy' : 'Degraded', reasons: ['Not connected'] };
    },
    send: (command) => (url === undefined ? 'not-configured' : commands.add(command)),
    close: () => {
      isClosing = true;
      socket?.close();
      wake();
    },
  };
};
