import type { ServiceBusClient } from '@azure/service-bus';
import { createControlClient } from '../../stack/control-client.js';
import type { StackRecord } from '../../stack/stack-record.js';
import { CommandError } from '../terminal/command-error.js';
import { paint } from '../terminal/paint.js';

/** How long a call to the local Service Bus may take, and how long to wait for a session that has messages. */
const callTimeoutMs = 2_000;

const isServiceBusError = (fault: unknown): fault is Error & { readonly code: string } =>
  fault instanceof Error && fault.name === 'ServiceBusError' && 'code' in fault && typeof fault.code === 'string';

/** Whether an `acceptNextSession` failed only because no session has messages now. */
export const isNoSession = (fault: unknown): boolean =>
  isServiceBusError(fault) && ['ServiceTimeout', 'SessionCannotBeLocked'].includes(fault.code);

/** Whether a call ended because the user asked for the end. */
export const isAborted = (fault: unknown): boolean => fault instanceof Error && fault.name === 'AbortError';

const warnOfFault = async (record: StackRecord): Promise<void> => {
  const fault = (await createControlClient(record.control).faults())['service-bus'];
  if (fault === undefined || fault === 'none') return;
  console.error(`${paint.warn('!')} service-bus has the fault "${fault}" (npm run faults -- service-bus none ends it)`);
};

const isBug = (fault: unknown): boolean =>
  fault instanceof TypeError || fault instanceof RangeError || fault instanceof SyntaxError;

/** Asks for one message of a queue: an unwell Service Bus is found out in two seconds; opening a link would wait a minute. */
export const checkQueue = async (client: ServiceBusClient, queue: string): Promise<void> => {
  const receiver = client.createReceiver(queue);
  await receiver.peekMessages(1);
  await receiver.close();
};

/** Runs `work` with the unmodified Service Bus client, connected to the local stack; closes it in the end. */
export const withClient = async <T>(
  record: StackRecord,
  work: (client: ServiceBusClient) => Promise<T>,
): Promise<T> => {
  await warnOfFault(record);
  const retryOptions = { maxRetries: 0, timeoutInMs: callTimeoutMs };
  const sdk = await import('@azure/service-bus');
  const client = new sdk.ServiceBusClient(record.serviceBus.connectionString, { retryOptions });
  try {
    return await work(client);
  } catch (fault) {
    if (fault instanceof CommandError || isBug(fault) || !(fault instanceof Error)) throw fault;
    throw new CommandError(`Service Bus: ${fault.message}${isServiceBusError(fault) ? ` (${fault.code})` : ''}`);
  } finally {
    await client.close().catch(() => {});
  }
};
