import { setTimeout as pause } from 'node:timers/promises';
import type {
  ServiceBusClient,
  ServiceBusReceivedMessage,
  ServiceBusReceiver,
  ServiceBusSessionReceiver,
} from '@azure/service-bus';
import type { Clock } from '../../../src/time/clock.js';
import type { HostLog } from '../host-log.js';
import { RunningWork } from '../running-work.js';
import type { QueueTrigger } from './queue-trigger.js';
import { type TriggerData, triggerData } from './trigger-data.js';

export interface QueueListenerOptions {
  readonly functionName: string;
  readonly trigger: QueueTrigger;
  readonly log: HostLog;
  readonly clock: Clock;
  /** Runs the function once; answers whether it succeeded. Must not throw. */
  readonly invoke: (data: TriggerData) => Promise<boolean>;
}

/** Takes messages from one queue for one function, as the Service Bus extension does. */
export interface QueueListener {
  /** Takes no further message, settles those that are being worked on, and disconnects. */
  stop(): Promise<void>;
}

/** As many as the extension takes unless host.json says otherwise: one message at a time of each session. */
const sessionsAtOnce = 8;
const messagesAtOnce = 16;
const sessionIdleMs = 1_000;
const retryMs = 1_000;
const drainMs = 10_000;
const closeMs = 1_000;

const codeOf = (fault: unknown): unknown => (fault instanceof Error && 'code' in fault ? fault.code : undefined);
const isNoSession = (fault: unknown): boolean =>
  codeOf(fault) === 'ServiceTimeout' || codeOf(fault) === 'SessionCannotBeLocked';

interface Listening extends QueueListenerOptions {
  readonly client: ServiceBusClient;
  readonly signal: AbortSignal;
  /** Messages that are being worked on. */
  readonly busy: RunningWork;
}

/** A function that fails gives its message back, which comes again at once; after the queue's most deliveries it is dead-lettered. */
const work = (
  { invoke, trigger, busy }: Listening,
  receiver: ServiceBusReceiver,
  message: ServiceBusReceivedMessage,
): Promise<void> =>
  busy.track(async () => {
    const succeeded = await invoke(triggerData(message, trigger.binary));
    if (!succeeded) await receiver.abandonMessage(message);
    else if (trigger.autoComplete) await receiver.completeMessage(message);
  });

const nextSession = async ({ client, trigger, signal }: Listening): Promise<ServiceBusSessionReceiver | undefined> => {
  try {
    return await client.acceptNextSession(trigger.queueName, { skipParsingBodyAsJson: true, abortSignal: signal });
  } catch (fault) {
    if (isNoSession(fault) || signal.aborted) return undefined;
    throw fault;
  }
};

const drainSession = async (listening: Listening): Promise<void> => {
  const session = await nextSession(listening);
  if (session === undefined) return;
  try {
    while (!listening.signal.aborted) {
      const [message] = await session.receiveMessages(1, { maxWaitTimeInMs: sessionIdleMs });
      if (message === undefined) break;
      await work(listening, session, message);
    }
  } finally {
    await session.close();
  }
};

const complain = ({ log, functionName, trigger }: Listening, fault: unknown): void => {
  const message = `'${functionName}' cannot receive from ${trigger.queueName}: ${fault instanceof Error ? fault.message : String(fault)}`;
  log({ level: 'error', category: 'Host.Triggers.ServiceBus', message });
};

const untilStopped = async (listening: Listening, step: () => Promise<void>): Promise<void> => {
  const { signal } = listening;
  while (!signal.aborted) {
    try {
      await step();
    } catch (fault) {
      if (signal.aborted) return;
      complain(listening, fault);
      await pause(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
};

const takeMessage = async (listening: Listening, receiver: ServiceBusReceiver): Promise<void> => {
  const { signal } = listening;
  const [message] = await receiver.receiveMessages(1, { maxWaitTimeInMs: 60_000, abortSignal: signal });
  if (message !== undefined) await work(listening, receiver, message);
};

const receiveWithoutSessions = (listening: Listening): readonly Promise<void>[] =>
  Array.from({ length: messagesAtOnce }, () => {
    const receiver = listening.client.createReceiver(listening.trigger.queueName, { skipParsingBodyAsJson: true });
    return untilStopped(listening, () => takeMessage(listening, receiver)).finally(() =>
      receiver.close().catch(() => undefined),
    );
  });

/** Begins to receive. The SDK is loaded here, for apps with such a trigger alone. */
export const startQueueListener = async (options: QueueListenerOptions): Promise<QueueListener> => {
  const { ServiceBusClient } = await import('@azure/service-bus');
  const client = new ServiceBusClient(options.trigger.connectionString);
  const stopping = new AbortController();
  const listening = { ...options, client, signal: stopping.signal, busy: new RunningWork() };
  const loops = options.trigger.sessions
    ? Array.from({ length: sessionsAtOnce }, () => untilStopped(listening, () => drainSession(listening)))
    : receiveWithoutSessions(listening);
  return {
    async stop() {
      stopping.abort();
      await listening.busy.idle(options.clock, drainMs);
      // A session that is waited for is given up with the connection: the SDK heeds its signal too late.
      await client.close().catch(() => undefined);
      await Promise.race([Promise.all(loops), pause(closeMs, undefined, { ref: false })]);
    },
  };
};
