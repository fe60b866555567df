import { type RetryOptions, ServiceBusClient } from '@azure/service-bus';
import { onTestFinished } from 'vitest';
import { type QueueDefinition, queueDefinition } from '../../../local/service-bus/queue-definition.js';
import {
  type ServiceBusOptions,
  type ServiceBusStandIn,
  startServiceBus,
} from '../../../local/service-bus/start-service-bus.js';

/** A stand-in with a plain queue `plain` and a queue with sessions `ordered`, and a client; both end with the test. */
export async function standIn(
  changes: Partial<QueueDefinition> = {},
  options: Partial<ServiceBusOptions> = {},
): Promise<{ readonly serviceBus: ServiceBusStandIn; readonly client: ServiceBusClient }> {
  const queues = [queueDefinition('plain', changes), queueDefinition('ordered', { ...changes, requiresSession: true })];
  const serviceBus = await startServiceBus({ port: 0, queues, ...options });
  onTestFinished(() => serviceBus.close());
  return { serviceBus, client: clientOf(serviceBus) };
}

/** The SDK's client, impatient and without retries, so that a refusal shows at once. */
export function clientOf({ connectionString }: ServiceBusStandIn, retryOptions: RetryOptions = {}): ServiceBusClient {
  const client = new ServiceBusClient(connectionString, {
    retryOptions: { maxRetries: 0, timeoutInMs: 2000, ...retryOptions },
  });
  onTestFinished(() => client.close());
  return client;
}

/** The counts of one queue that are not zero. */
export function counts(serviceBus: ServiceBusStandIn, queue: string): Record<string, unknown> {
  const found = serviceBus.queues().find(({ name }) => name === queue);
  return Object.fromEntries(Object.entries({ ...found }).filter(([name, count]) => name !== 'name' && count !== 0));
}
