import * as z from 'zod';
import type { Environment } from '../host-json.js';
import type { TriggerBinding } from '../http-trigger.js';

/** What a Service Bus trigger declares, and the connection that its setting names. */
export interface QueueTrigger {
  readonly connectionString: string;
  readonly queueName: string;
  readonly sessions: boolean;
  /** The message's body goes to the function as bytes; else as text, which `@azure/functions` parses when it is JSON. */
  readonly binary: boolean;
  readonly autoComplete: boolean;
}

const bindingSchema = z.object({
  connection: z.string().min(1),
  queueName: z.string().min(1),
  isSessionsEnabled: z.boolean().default(false),
  dataType: z.string().toLowerCase().optional(),
  autoCompleteMessages: z.boolean().default(true),
  cardinality: z.literal('one').optional(),
});

const resolved = (text: string, environment: Environment): string =>
  text.replaceAll(/%([^%]+)%/g, (whole, name: string) => environment[name] ?? whole);

const connectionStringIn = (connection: string, environment: Environment): string | undefined =>
  environment[connection] || environment[`AzureWebJobs${connection}`] || undefined;

/** The queue that a function of the app waits for, or why this host does not listen there for it. */
export const readQueueTrigger = (
  { type, binding }: TriggerBinding,
  environment: Environment,
): QueueTrigger | string => {
  if (type.toLowerCase() !== 'servicebustrigger') return `has a ${type}, which this host does not listen to`;
  const read = bindingSchema.safeParse(binding);
  if (!read.success) return 'has a serviceBusTrigger, of which this host knows queues alone, one message at a time';
  const { connection, queueName, isSessionsEnabled, dataType, autoCompleteMessages } = read.data;
  const connectionString = connectionStringIn(connection, environment);
  if (connectionString === undefined)
    return `has a serviceBusTrigger, but the setting "${connection}" holds no connection string`;
  return {
    connectionString,
    queueName: resolved(queueName, environment),
    sessions: isSessionsEnabled,
    binary: dataType === 'binary',
    autoComplete: autoCompleteMessages,
  };
};
