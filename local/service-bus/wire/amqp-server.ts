import { createServer, type Server, type Socket } from 'node:net';
import rhea, { type Container, type Session } from 'rhea';
import type { Log } from '../../../src/observability/log/log.js';
import type { Clock } from '../../../src/time/clock.js';
import type { Broker } from '../broker/broker.js';
import { ClientConnection } from './client-connection.js';
import type { FaultSwitch } from './fault-switch.js';
import { keepMessagesRaw, nameCoordinators, takeEarlyCredit } from './rhea-frames.js';
import { answerAttachesFirst, forgetConnection, keepDirectionsApart } from './rhea-internals.js';
import { offerMechanisms } from './sasl-mechanisms.js';
import { writeInBursts } from './write-in-bursts.js';

interface AmqpServerParts {
  readonly port: number;
  readonly broker: Broker;
  readonly faults: FaultSwitch;
  readonly startTimer: Clock['startTimer'];
  readonly log: Log | undefined;
}

export interface AmqpServer {
  readonly port: number;
  /** Ends every connection at once and stops listening. */
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** What Service Bus announces for AMQP over TCP. */
const maxFrameBytes = 65_536;

/** Listens for AMQP 1.0 clients on the loopback interface. */
export async function startAmqpServer(parts: AmqpServerParts): Promise<AmqpServer> {
  const sockets = new Set<Socket>();
  const container = brokerContainer(parts.log);
  offerMechanisms(container, parts.faults);
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    accept(container, socket, parts);
  });
  await listening(server, parts.port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : parts.port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function brokerContainer(log: Log | undefined): Container {
  const container = rhea.create_container({
    id: 'breakwater-service-bus',
    receiver_options: { autoaccept: false, credit_window: 0 },
    sender_options: { treat_modified_as_released: false },
  });
  for (const event of ['connection_error', 'session_error', 'sender_error', 'receiver_error', 'disconnected']) {
    container.on(event, () => {});
  }
  for (const event of ['error', 'protocol_error']) {
    container.on(event, (error: unknown) => {
      log?.write('warn', 'service-bus.client-fault', {
        kind: event,
        error: error instanceof Error ? error.message : 'unknown',
      });
    });
  }
  return container;
}

function accept(container: Container, socket: Socket, parts: AmqpServerParts): void {
  writeInBursts(socket);
  const connection = container.create_connection({ port: parts.port, max_frame_size: maxFrameBytes });
  keepMessagesRaw(connection);
  takeEarlyCredit(connection);
  nameCoordinators(connection);
  connection.on('session_open', ({ session }: { session: Session }) => {
    keepDirectionsApart(session);
    answerAttachesFirst(session);
  });
  new ClientConnection({ connection, ...parts });
  socket.once('close', () => forgetConnection(connection));
  connection['accept'](socket);
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
