import { ServiceBusClient, type ServiceBusReceivedMessage } from '@azure/service-bus';
import { readBacklogged } from '../../../src/outbox/backlog/read-backlogged.js';
import { type OwedCopy, owedByBacklog } from './owed-copy.js';

const peekedAtOnce = 250;

const bytesOf = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  throw new TypeError('The message body is not bytes');
};

const copiesIn = ({ body, applicationProperties = {} }: ServiceBusReceivedMessage): readonly OwedCopy[] => {
  const properties = Object.entries(applicationProperties).map(([name, value]) => [name, String(value)]);
  // Not verified, and so not accepted.
  if ('quarantine' in applicationProperties) return [];
  const read = readBacklogged({ body: bytesOf(body), applicationProperties: Object.fromEntries(properties) });
  if (read.kind === 'damaged') throw new Error(`A message of the archive backlog is damaged: ${read.reason}`);
  return owedByBacklog({ attributes: read.payload.attributes, payload: read.payload, owed: read.undelivered });
};

/** What waits for an account, those included that an instance has locked. */
export const readBacklog = async (connectionString: string, queue: string): Promise<readonly OwedCopy[]> => {
  const client = new ServiceBusClient(connectionString);
  try {
    const receiver = client.createReceiver(queue, { skipParsingBodyAsJson: true });
    const copies: OwedCopy[] = [];
    for (;;) {
      const messages = await receiver.peekMessages(peekedAtOnce);
      if (messages.length === 0) return copies;
      copies.push(...messages.flatMap(copiesIn));
    }
  } finally {
    await client.close();
  }
};
