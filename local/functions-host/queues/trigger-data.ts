import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import type { RpcTypedData } from '../core/rpc-messages.js';

/** A message as the host hands it to the worker: its body, and what it says beside it. */
export interface TriggerData {
  readonly input: RpcTypedData;
  readonly metadata: Readonly<Record<string, RpcTypedData>>;
}

const bodyOf = (body: unknown, binary: boolean): RpcTypedData => {
  if (body instanceof Uint8Array) return binary ? { bytes: body } : { string: Buffer.from(body).toString('utf8') };
  return { string: typeof body === 'string' ? body : JSON.stringify(body) };
};

const dataOf = (value: unknown): RpcTypedData | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return { string: value };
  if (typeof value === 'number' && Number.isInteger(value)) return { int: value };
  return { json: JSON.stringify(value) };
};

/** The names are those of the Service Bus extension, which `@azure/functions` begins with a small letter. */
const facts = (message: ServiceBusReceivedMessage): Readonly<Record<string, unknown>> => ({
  MessageId: message.messageId,
  SessionId: message.sessionId,
  CorrelationId: message.correlationId,
  ContentType: message.contentType,
  Subject: message.subject,
  Label: message.subject,
  To: message.to,
  ReplyTo: message.replyTo,
  PartitionKey: message.partitionKey,
  DeliveryCount: (message.deliveryCount ?? 0) + 1,
  SequenceNumber: Number(message.sequenceNumber ?? 0),
  EnqueuedTimeUtc: message.enqueuedTimeUtc,
  ExpiresAtUtc: message.expiresAtUtc,
  LockToken: message.lockToken,
  ApplicationProperties: message.applicationProperties ?? {},
  UserProperties: message.applicationProperties ?? {},
});

/** `message` was received with `skipParsingBodyAsJson`. */
export const triggerData = (message: ServiceBusReceivedMessage, binary: boolean): TriggerData => {
  const all = Object.entries(facts(message)).map(([name, value]) => [name, dataOf(value)] as const);
  const metadata = Object.fromEntries(all.flatMap(([name, data]) => (data === undefined ? [] : [[name, data]])));
  return { input: bodyOf(message.body, binary), metadata };
};
