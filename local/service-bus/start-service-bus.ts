import { randomBytes } from 'node:crypto';
import type { Log } from '../../src/observability/log/log.js';
import { type Clock, systemClock } from '../../src/time/clock.js';
import { Broker } from './broker/broker.js';
import { lockTokens } from './broker/lock-tokens.js';
import { type QueueCounts, queueCounts } from './broker/queue-counts.js';
import { type EntityJournal, emptyStates, type QueueStatus } from './broker/queue-entity.js';
import { steadyTime } from './broker/steady-time.js';
import { memoryJournal } from './journal/memory-journal.js';
import { openFileJournal } from './journal/open-file-journal.js';
import type { QueueDefinition } from './queue-definition.js';
import { startAmqpServer } from './wire/amqp-server.js';
import type { Fault, FaultSwitch } from './wire/fault-switch.js';

export interface ServiceBusOptions {
  /** TCP port on 127.0.0.1; 0 takes a free one. */
  readonly port: number;
  readonly queues: readonly QueueDefinition[];
  /** Where messages survive a restart. Absent: they live in memory alone. */
  readonly stateDirectory?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** The running stand-in. */
export interface ServiceBusStandIn {
  readonly port: number;
  readonly connectionString: string;
  queues(): readonly QueueCounts[];
  /** Every queue takes any message id, as after its window of duplicate detection. */
  forgetDuplicates(): void;
  createQueue(definition: QueueDefinition): void;
  deleteQueue(name: string): void;
  /** A disabled queue refuses links and messages, as one disabled in Azure does. */
  setQueueStatus(name: string, status: QueueStatus): void;
  /** Makes the whole stand-in ail until it is called without a fault. */
  setFault(fault: Fault | undefined): void;
  /** Ends every connection and writes down what is left to write. */
  close(): Promise<void>;
}

/** Starts an AMQP 1.0 broker on this machine that the unmodified `@azure/service-bus` client takes for Service Bus. */
export async function startServiceBus(options: ServiceBusOptions): Promise<ServiceBusStandIn> {
  const { queues, stateDirectory, clock = systemClock, log } = options;
  const startTimer: Clock['startTimer'] = (delayMs, onElapsed) => clock.startTimer(delayMs, onElapsed);
  const broker = new Broker({
    nowMs: steadyTime(clock),
    startTimer,
    newLockToken: lockTokens(randomBytes(8)),
    openJournal: (definition) =>
      stateDirectory === undefined
        ? { journal: volatileJournal(), states: emptyStates(definition) }
        : openFileJournal({ directory: stateDirectory, definition, log }),
  });
  for (const definition of queues) broker.create(definition);
  const faults: FaultSwitch = { fault: undefined };
  const server = await startAmqpServer({ port: options.port, broker, faults, startTimer, log }).catch((error) => {
    broker.close();
    throw error;
  });
  return {
    port: server.port,
    connectionString: connectionStringFor(server.port),
    queues: () => Array.from(broker.queues(), queueCounts),
    forgetDuplicates() {
      for (const queue of broker.queues()) queue.main.queue.state.forgetDuplicates();
    },
    createQueue: (definition) => broker.create(definition),
    deleteQueue: (name) => broker.delete(name),
    setQueueStatus: (name, status) => broker.setStatus(name, status),
    setFault: (fault) => {
      faults.fault = fault;
    },
    close: async () => {
      await server.close();
      broker.close();
    },
  };
}

function connectionStringFor(port: number): string {
  return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=local;UseDevelopmentEmulator=true`;
}

function volatileJournal(): EntityJournal {
  const journal = memoryJournal();
  return { main: journal, deadLetters: journal, whenWritten: journal.whenWritten, close: () => {}, discard: () => {} };
}
