import type { AzureDependencies } from '../../../src/azure.js';
import { pendingEvent, pendingRecord } from './pending-events.js';

const concurrency = 16;
const never = new AbortController().signal;

/** Makes `count` pending records with their payloads, as an outage of Service Bus would. */
export const seed = async (
  { archive, outbox }: Pick<AzureDependencies, 'archive' | 'outbox'>,
  count: number,
): Promise<void> => {
  const numbers = Array.from({ length: count }, (_, n) => n).values();
  const lane = async (): Promise<void> => {
    for (const n of numbers) {
      const event = pendingEvent(n);
      await outbox.create(pendingRecord(event, await archive.put(event, never)), never);
      if ((n + 1) % 10_000 === 0) console.log(`  ${n + 1} of ${count} records made`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
};
