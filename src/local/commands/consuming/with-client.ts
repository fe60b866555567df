import { ServiceBusClient } from '@azure/service-bus';
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

/** Runs `work` with the unmodified Service Bus client, connected to the local stack; closes it in the end. */
export const withClient = async <T>(
  record: StackRecord,
  work: (client: ServiceBusClient) => Promise<T>,
): Promise<T> => {
  await warnOfFault(record);
  const retryOptions = { maxRetries: 0, timeoutInMs: callTimeoutMs };
  const client = new ServiceBusClient(record.serviceBus.connectionString, { retryOptions });
  try {
    return await work(client);
  } catch (fault) {
    if (isServiceBusError(fault)) throw new CommandError(`Service Bus: ${fault.message} (${fault.code})`);
    throw fault;
  } finally {
    await client.close().catch(() => {});
  }
};
